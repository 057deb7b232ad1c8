{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'shop', 'currency', 'product_id'],
        tags=['hourly'],
    )
}}

with line as (
    select
        platform,
        shop,
        currency,
        order_id,
        ordered_at,
        arrayJoin(line_items) as item,
        -- What is sold without a product (a tip, a line that was typed in) is one product for all.
        coalesce(nullIf(item.product_id, ''), 'none') as product_id,
        item.variant_id as variant_id,
        item.title as title,
        ifNull(item.quantity, 0) as units,
        item.price is null as is_without_amount,
        -- In more digits: what one line claims to hold must not end the run for all.
        toDecimal128(ifNull(item.price, 0), 4) * units as gross,
        ifNull(item.total_discount, 0) as discounts,
        ordered_at > {{ current_moment() }} - toIntervalDay(30) as is_recent
    from {{ counted_orders() }} as o
    where is_sale
)

select
    platform,
    shop,
    currency,
    product_id,
    if(product_id = 'none', null, argMax(l.title, (ordered_at, order_id))) as title,
    uniqExact(variant_id) as variants,
    uniqExact(order_id) as orders,
    toInt64(sum(l.units)) as units,
    toInt64(sumIf(l.units, is_recent)) as units_30d,
    countIf(is_without_amount) as lines_without_amount,
    {{ sum_of_money('sum(l.gross)') }} as gross,
    {{ sum_of_money('sum(l.discounts)') }} as discounts,
    {{ sum_of_money('sum(l.gross) - sum(l.discounts)') }} as net,
    {{ sum_of_money('sumIf(l.gross - l.discounts, is_recent)') }} as net_30d,
    min(ordered_at) as first_sold_at,
    max(ordered_at) as last_sold_at,
    {{ current_moment() }} as updated_at
from line as l
group by
    platform,
    shop,
    currency,
    product_id
