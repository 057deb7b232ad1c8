{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id'],
        tags=['staging', 'staging_collections'],
    )
}}

-- Read live from Postgres. What the product deleted is left out.
select
    assumeNotNull(c.collection_id) as collection_id,
    toLowCardinality(assumeNotNull(c.kind)) as kind,
    c.account_id as account_id,
    c.campaign_id as campaign_id,
    assumeNotNull(c.name) as name,
    toLowCardinality(c.currency) as currency,
    c.starts_on as starts_on,
    c.ends_on as ends_on,
    toDateTime64(assumeNotNull(c.created_at), 6, 'UTC') as created_at,
    toDateTime64(assumeNotNull(c.updated_at), 6, 'UTC') as updated_at,
    toDateTime64(assumeNotNull(c.stored_at), 6, 'UTC') as stored_at
from {{ source('coffee', 'collection') }} as c
where c.deleted_at is null
