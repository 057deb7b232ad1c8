{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'shop', 'currency', 'date'],
        tags=['hourly'],
    )
}}

-- A refund belongs to the day of its order: what that day has really brought in. A day of which only test orders are known has a row
-- with nothing sold.
select
    platform,
    shop,
    currency,
    toDate(ordered_at, 'UTC') as date,
    countIf(is_sale) as orders,
    countIf(is_test) as test_orders,
    countIf(is_cancelled) as cancelled_orders,
    countIf(is_sale and is_without_amount) as orders_without_amount,
    countIf(is_sale and o.discounts > 0) as discounted_orders,
    countIf(is_sale and o.refunds > 0) as refunded_orders,
    uniqExactIf(customer_id, is_sale) as customers,
    {{ sum_of_money('sumIf(o.gross, is_sale)') }} as gross,
    {{ sum_of_money('sumIf(o.discounts, is_sale)') }} as discounts,
    {{ sum_of_money('sumIf(o.refunds, is_sale)') }} as refunds,
    {{ sum_of_money('sumIf(o.net, is_sale)') }} as net,
    {{ sum_of_money('sumIf(o.tax, is_sale)') }} as tax,
    if(
        orders = orders_without_amount,
        null,
        toFloat64(sumIf(o.gross - o.discounts, is_sale and not is_without_amount)) / (orders - orders_without_amount)
    ) as avg_order_value,
    {{ current_moment() }} as updated_at
from {{ counted_orders() }} as o
group by
    platform,
    shop,
    currency,
    date
