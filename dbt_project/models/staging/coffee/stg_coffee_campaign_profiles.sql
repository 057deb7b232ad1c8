{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'campaign_id', 'handle'],
        tags=['staging', 'staging_collections'],
    )
}}

-- A fee is in the currency of its campaign.
select
    toLowCardinality(assumeNotNull(p.platform)) as platform,
    assumeNotNull(p.campaign_id) as campaign_id,
    assumeNotNull(p.handle) as handle,
    p.profile_id as profile_id,
    p.fee as fee,
    toLowCardinality(c.currency) as currency,
    p.agreed_posts as agreed_posts,
    {{ texts_of('p.discount_codes') }} as discount_codes,
    toDateTime64(assumeNotNull(p.added_at), 6, 'UTC') as added_at,
    toDateTime64(assumeNotNull(p.updated_at), 6, 'UTC') as updated_at
from {{ source('coffee', 'campaign_profiles') }} as p
inner join {{ source('coffee', 'campaign') }} as c
    on p.campaign_id = c.campaign_id
where c.deleted_at is null
