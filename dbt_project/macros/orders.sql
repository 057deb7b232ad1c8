{% macro counted_orders() -%}
    {#- Orders with the day and the amounts that are reckoned with: gross is before discounts, without tax and shipping, as shops count it. What a
        source did not tell counts 0 and is counted beside. -#}
    (
        select
            platform,
            shop,
            order_id,
            coalesce(nullIf(upper(trimBoth(currency)), ''), 'unknown') as currency,
            coalesce(created_time, processed_time, observed_at) as ordered_at,
            is_test,
            not is_test and cancelled_time is not null as is_cancelled,
            not is_test and cancelled_time is null as is_sale,
            subtotal_price is null as is_without_amount,
            ifNull(subtotal_price, 0) + ifNull(total_discounts, 0) as gross,
            ifNull(total_discounts, 0) as discounts,
            refunded_amount as refunds,
            gross - discounts - refunds as net,
            ifNull(total_tax, 0) as tax,
            customer_id,
            arrayDistinct(arrayMap(code -> upperUTF8(trimBoth(code)), discount_codes)) as codes,
            line_items
        from {{ ref('stg_beat_shopify_order') }}
    )
{%- endmacro %}
