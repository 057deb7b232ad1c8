{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['campaign_id'],
        tags=['staging', 'staging_collections'],
    )
}}

-- Read live from Postgres. What the product deleted is left out.
select
    assumeNotNull(c.campaign_id) as campaign_id,
    c.account_id as account_id,
    assumeNotNull(c.name) as name,
    c.brand as brand,
    toLowCardinality(assumeNotNull(c.status)) as status,
    toLowCardinality(c.goal) as goal,
    toLowCardinality(c.currency) as currency,
    c.budget as budget,
    {{ texts_of('c.shops') }} as shops,
    c.starts_on as starts_on,
    c.ends_on as ends_on,
    toDateTime64(assumeNotNull(c.updated_at), 6, 'UTC') as updated_at,
    toDateTime64(assumeNotNull(c.stored_at), 6, 'UTC') as stored_at
from {{ source('coffee', 'campaign') }} as c
where c.deleted_at is null
