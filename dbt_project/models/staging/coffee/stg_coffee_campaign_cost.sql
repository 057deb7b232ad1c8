{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['campaign_id', 'cost_id'],
        tags=['staging', 'staging_collections'],
    )
}}

-- A cost is in the currency of its campaign.
select
    assumeNotNull(k.campaign_id) as campaign_id,
    assumeNotNull(k.cost_id) as cost_id,
    toLowCardinality(assumeNotNull(k.kind)) as kind,
    assumeNotNull(k.amount) as amount,
    toLowCardinality(c.currency) as currency,
    assumeNotNull(k.incurred_on) as incurred_on,
    toLowCardinality(k.platform) as platform,
    k.handle as handle,
    k.shortcode as shortcode,
    k.note as note,
    toDateTime64(assumeNotNull(k.added_at), 6, 'UTC') as added_at,
    toDateTime64(assumeNotNull(k.updated_at), 6, 'UTC') as updated_at
from {{ source('coffee', 'campaign_cost') }} as k
inner join {{ source('coffee', 'campaign') }} as c
    on k.campaign_id = c.campaign_id
where c.deleted_at is null
