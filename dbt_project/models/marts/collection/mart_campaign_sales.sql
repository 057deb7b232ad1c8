{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['campaign_id', 'platform', 'creator', 'shop', 'code', 'currency'],
        tags=['collections'],
    )
}}

-- An order counts once in a campaign: when it fits several accounts (one code that two accounts of a creator share, or two codes
-- on one order) each gets its part, and what does not divide goes to the first of them. Test orders do not count; cancelled ones
-- are told apart.
with offer as (
    select
        m.campaign_id as campaign_id,
        m.platform as platform,
        assumeNotNull({{ creator_key('m.found_profile_id', 'm.handle') }}) as creator,
        m.found_profile_id as profile_id,
        m.handle as handle,
        arrayJoin(m.discount_codes) as offered,
        upperUTF8(trimBoth(offered)) as code
    from {{ members_with_profile(ref('stg_coffee_campaign_profiles')) }} as m
),

-- Amounts in 1/10,000, so that they can be divided without loss; in more digits, for what one order claims must not end the run for all.
purchase as (
    select
        o.shop as shop,
        o.order_id as order_id,
        arrayJoin(o.codes) as code,
        toDate32(o.ordered_at) as ordered_on,
        o.ordered_at as ordered_at,
        o.currency as currency,
        o.is_cancelled as is_cancelled,
        toInt128(toDecimal128(o.gross, 4) * 10000) as gross,
        toInt128(toDecimal128(o.discounts, 4) * 10000) as discounts,
        toInt128(toDecimal128(o.refunds, 4) * 10000) as refunded
    from {{ counted_orders() }} as o
    where not o.is_test
),

matched as (
    select distinct
        f.campaign_id as campaign_id,
        f.platform as platform,
        f.creator as creator,
        f.code as code,
        p.shop as shop,
        p.order_id as order_id,
        p.currency as currency,
        p.ordered_at as ordered_at,
        p.is_cancelled as is_cancelled,
        p.gross as gross,
        p.discounts as discounts,
        p.refunded as refunded
    from offer as f
    inner join {{ ref('stg_coffee_campaign') }} as c on f.campaign_id = c.campaign_id
    inner join purchase as p on f.code = p.code
    where
        f.code != ''
        and has(c.shops, p.shop)
        and (c.starts_on is null or p.ordered_on >= c.starts_on)
        and (c.ends_on is null or p.ordered_on <= c.ends_on)
),

shared as (
    select
        m.*,
        count() over (partition by m.campaign_id, m.shop, m.order_id) as parts,
        row_number() over (
            partition by m.campaign_id, m.shop, m.order_id
            order by m.platform asc, m.creator asc, m.code asc
        ) as part
    from matched as m
),

account as (
    select
        f.campaign_id as campaign_id,
        f.platform as platform,
        f.creator as creator,
        any(f.profile_id) as profile_id,
        min(f.handle) as handle
    from offer as f
    group by
        f.campaign_id,
        f.platform,
        f.creator
)

select
    s.campaign_id as campaign_id,
    s.platform as platform,
    s.creator as creator,
    any(a.profile_id) as profile_id,
    any(a.handle) as handle,
    s.shop as shop,
    s.code as code,
    s.currency as currency,
    sumIf(1 / s.parts, not s.is_cancelled) as orders,
    countIf(not s.is_cancelled) as touched_orders,
    countIf(not s.is_cancelled and s.parts > 1) as shared_orders,
    sumIf(1 / s.parts, s.is_cancelled) as cancelled_orders,
    {{ sum_of_money(part_of_orders('s.gross')) }} as gross_sales,
    {{ sum_of_money(part_of_orders('s.discounts')) }} as discounts,
    {{ sum_of_money(part_of_orders('s.refunded')) }} as refunded,
    {{ sum_of_money(part_of_orders('s.gross') ~ ' - ' ~ part_of_orders('s.discounts') ~ ' - ' ~ part_of_orders('s.refunded')) }} as net_sales,
    minIf(toNullable(s.ordered_at), not s.is_cancelled) as first_order_at,
    maxIf(toNullable(s.ordered_at), not s.is_cancelled) as last_order_at,
    {{ current_moment() }} as updated_at
from shared as s
inner join account as a
    on s.campaign_id = a.campaign_id and s.platform = a.platform and s.creator = a.creator
group by
    s.campaign_id,
    s.platform,
    s.creator,
    s.shop,
    s.code,
    s.currency
