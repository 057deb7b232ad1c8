{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'collection_id', 'handle'],
        tags=['staging', 'staging_collections'],
    )
}}

-- A cost is in the currency of its collection.
select
    toLowCardinality(assumeNotNull(m.platform)) as platform,
    assumeNotNull(m.collection_id) as collection_id,
    assumeNotNull(m.handle) as handle,
    m.profile_id as profile_id,
    m.cost as cost,
    toLowCardinality(c.currency) as currency,
    toDateTime64(assumeNotNull(m.added_at), 6, 'UTC') as added_at,
    toDateTime64(assumeNotNull(m.updated_at), 6, 'UTC') as updated_at
from {{ source('coffee', 'collection_profile') }} as m
inner join {{ source('coffee', 'collection') }} as c
    on m.collection_id = c.collection_id
where c.deleted_at is null
