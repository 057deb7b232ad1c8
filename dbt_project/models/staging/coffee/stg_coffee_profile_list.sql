{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_list_id', 'handle'],
        tags=['staging', 'staging_collections'],
    )
}}

-- A list and its members in one: a list is nothing but its members.
select
    toLowCardinality(assumeNotNull(m.platform)) as platform,
    assumeNotNull(m.profile_list_id) as profile_list_id,
    assumeNotNull(m.handle) as handle,
    m.profile_id as profile_id,
    l.account_id as account_id,
    assumeNotNull(l.name) as name,
    toDateTime64(assumeNotNull(m.added_at), 6, 'UTC') as added_at,
    toDateTime64(assumeNotNull(m.updated_at), 6, 'UTC') as updated_at
from {{ source('coffee', 'profile_list_member') }} as m
inner join {{ source('coffee', 'profile_list') }} as l
    on m.profile_list_id = l.profile_list_id
where l.deleted_at is null
