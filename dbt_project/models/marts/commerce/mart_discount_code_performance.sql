{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'shop', 'currency', 'code'],
        tags=['hourly'],
    )
}}

-- An order with two codes counts for both: what each of them has brought cannot be told apart.
with used as (
    select
        *,
        arrayJoin(codes) as code
    from {{ counted_orders() }} as o
    where is_sale
),

sold as (
    select
        platform,
        shop,
        currency,
        count() as orders_of_shop
    from {{ counted_orders() }} as o
    where is_sale
    group by
        platform,
        shop,
        currency
)

select
    u.platform as platform,
    u.shop as shop,
    u.currency as currency,
    u.code as code,
    count() as orders,
    orders / any(s.orders_of_shop) as orders_share,
    countIf(length(u.codes) > 1) as orders_with_other_codes,
    uniqExact(u.customer_id) as customers,
    {{ sum_of_money('sum(u.gross)') }} as gross,
    {{ sum_of_money('sum(u.discounts)') }} as discounts,
    {{ sum_of_money('sum(u.refunds)') }} as refunds,
    {{ sum_of_money('sum(u.net)') }} as net,
    if(sum(u.gross) > 0, toFloat64(sum(u.discounts)) / toFloat64(sum(u.gross)), null) as discount_share,
    min(u.ordered_at) as first_used_at,
    max(u.ordered_at) as last_used_at,
    {{ current_moment() }} as updated_at
from used as u
inner join sold as s
    on u.platform = s.platform and u.shop = s.shop and u.currency = s.currency
group by
    u.platform,
    u.shop,
    u.currency,
    u.code
