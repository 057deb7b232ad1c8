{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'shop', 'order_id'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'shop', 'order_id'],
        on_schema_change='fail',
        tags=['staging', 'hourly'],
    )
}}

{% set touched %}
    {% if is_incremental() %}
        and (
            {{ has_new_rows('told', ['platform', 'shop', 'order_id'], source('beat', 'shopify_order')) }}
            or {{ has_new_rows('told', ['platform', 'shop', 'order_id'], source('beat', 'shopify_refund')) }}
        )
    {% endif %}
{% endset %}

-- A refund changes its order: an order is computed anew when it, or a refund of it, has arrived. Of another currency than the
-- order, or of an unknown amount, a refund is counted but not summed.
with ordered as (
    select *
    from {{ source('beat', 'shopify_order') }} as told {{ final() }}
    where
        told.shop != ''
        and told.order_id != ''
        {{ touched }}
),

refund as (
    select
        platform,
        shop,
        order_id,
        told.currency as currency,
        amount,
        created_time,
        _ingested_at
    from {{ source('beat', 'shopify_refund') }} as told {{ final() }}
    where
        told.shop != ''
        and told.order_id != ''
        {{ touched }}
),

refunded as (
    select
        o.platform as platform,
        o.shop as shop,
        o.order_id as order_id,
        count() as refunds,
        countIf(r.amount is null or coalesce(r.currency, o.currency, '') != coalesce(o.currency, '')) as unsummed_refunds,
        sumIf(r.amount, r.amount is not null and coalesce(r.currency, o.currency, '') = coalesce(o.currency, '')) as amount,
        max(r.created_time) as last_refunded_time,
        max(r._ingested_at) as latest_ingested_at
    from ordered as o
    inner join refund as r
        on o.platform = r.platform and o.shop = r.shop and o.order_id = r.order_id
    group by
        o.platform,
        o.shop,
        o.order_id
)

select
    o.platform as platform,
    o.shop as shop,
    o.order_id as order_id,
    o.name as name,
    o.currency as currency,
    o.total_price as total_price,
    o.subtotal_price as subtotal_price,
    o.total_discounts as total_discounts,
    o.total_tax as total_tax,
    toDecimal64(ifNull(r.amount, 0), 4) as refunded_amount,
    ifNull(r.refunds, 0) as refunds,
    ifNull(r.unsummed_refunds, 0) as unsummed_refunds,
    r.last_refunded_time as last_refunded_time,
    o.financial_status as financial_status,
    o.fulfillment_status as fulfillment_status,
    o.customer_id as customer_id,
    o.country_code as country_code,
    o.landing_site as landing_site,
    o.referring_site as referring_site,
    o.source_name as source_name,
    ifNull(o.is_test, false) as is_test,
    {{ texts_of('o.discount_codes') }} as discount_codes,
    JSONExtract(
        ifNull(o.line_items, ''),
        'Array(Tuple(product_id Nullable(String), variant_id Nullable(String), title Nullable(String), quantity Nullable(Int64), price Nullable(Decimal(18, 4)), total_discount Nullable(Decimal(18, 4))))'
    ) as line_items,
    o.created_time as created_time,
    o.updated_time as updated_time,
    o.processed_time as processed_time,
    o.cancelled_time as cancelled_time,
    o.source as source,
    {{ not_after_ingestion('o.observed_at', 'o._ingested_at') }} as observed_at,
    greatest(o._ingested_at, ifNull(r.latest_ingested_at, o._ingested_at)) as ingested_at
from ordered as o
left join refunded as r
    on o.platform = r.platform and o.shop = r.shop and o.order_id = r.order_id
