{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['campaign_id', 'platform', 'creator'],
        tags=['collections'],
    )
}}

with agreed as (
    select
        m.campaign_id as campaign_id,
        m.platform as platform,
        assumeNotNull({{ creator_key('m.found_profile_id', 'm.handle') }}) as creator,
        any(m.found_profile_id) as profile_id,
        argMax(m.handle, (m.added_at, m.handle)) as told_handle,
        sum(m.fee) as fee,
        sum(m.agreed_posts) as agreed_posts,
        arraySort(arrayDistinct(arrayFlatten(groupArray(m.discount_codes)))) as discount_codes,
        min(m.added_at) as added_at
    from {{ members_with_profile(ref('stg_coffee_campaign_profiles')) }} as m
    group by
        m.campaign_id,
        m.platform,
        {{ creator_key('m.found_profile_id', 'm.handle') }}
),

post as (
    select
        p.campaign_id as campaign_id,
        p.platform as platform,
        {{ creator_key('p.profile_id', 'p.handle') }} as creator,
        countIf(p.is_collected) as delivered_posts,
        countIf(not p.is_collected) as uncollected_posts,
        sum(p.likes) as likes,
        sum(p.comments) as comments,
        sum(p.plays) as plays,
        sum(p.engagements) as engagements,
        sum(p.reach) as reach,
        avg(p.engagement_rate) as avg_engagement_rate,
        max(p.published_at) as last_published_at
    from {{ campaign_posts() }} as p
    group by
        p.campaign_id,
        p.platform,
        {{ creator_key('p.profile_id', 'p.handle') }}
),

cost as (
    select
        k.campaign_id as campaign_id,
        k.platform as platform,
        {{ creator_key('o.profile_id', 'k.handle') }} as creator,
        sum(k.amount) as cost,
        sumIf(k.amount, k.kind = 'FEE') as fees_paid
    from {{ ref('stg_coffee_campaign_cost') }} as k
    left join {{ handle_owners() }} as o
        on k.platform = o.platform and lowerUTF8(k.handle) = o.handle
    where k.handle is not null
    group by
        k.campaign_id,
        k.platform,
        {{ creator_key('o.profile_id', 'k.handle') }}
),

sale as (
    select
        s.campaign_id as campaign_id,
        s.platform as platform,
        s.creator as creator,
        sum(s.orders) as orders,
        sumIf(s.net_sales, s.currency = c.currency) as net_sales
    from {{ ref('mart_campaign_sales') }} as s
    inner join {{ ref('stg_coffee_campaign') }} as c on s.campaign_id = c.campaign_id
    group by
        s.campaign_id,
        s.platform,
        s.creator
)

select
    g.campaign_id as campaign_id,
    g.platform as platform,
    g.creator as creator,
    g.profile_id as profile_id,
    cast(coalesce(nullIf(a.handle, ''), g.told_handle) as Nullable(String)) as handle,
    a.full_name as full_name,
    a.followers as followers,
    c.currency as currency,
    {{ sum_of_money('g.fee') }} as fee,
    {{ sum_of_money('ifNull(k.fees_paid, 0)') }} as fees_paid,
    {{ sum_of_money('ifNull(k.cost, 0)') }} as cost,
    g.agreed_posts as agreed_posts,
    ifNull(p.delivered_posts, 0) as delivered_posts,
    ifNull(p.uncollected_posts, 0) as uncollected_posts,
    if(g.agreed_posts > 0, ifNull(p.delivered_posts, 0) / g.agreed_posts, null) as delivered_share,
    if(g.agreed_posts is null, null, greatest(toInt64(g.agreed_posts) - toInt64(ifNull(p.delivered_posts, 0)), 0)) as open_posts,
    p.likes as likes,
    p.comments as comments,
    p.plays as plays,
    p.engagements as engagements,
    p.reach as reach,
    p.avg_engagement_rate as avg_engagement_rate,
    {{ cost_per('k.cost', 'p.reach') }} as cost_per_reach,
    {{ cost_per('k.cost', 'p.engagements') }} as cost_per_engagement,
    g.discount_codes as discount_codes,
    ifNull(s.orders, 0.0) as orders,
    {{ sum_of_money('ifNull(s.net_sales, 0)') }} as net_sales,
    g.added_at as added_at,
    p.last_published_at as last_published_at,
    {{ current_moment() }} as updated_at
from agreed as g
inner join {{ ref('stg_coffee_campaign') }} as c on g.campaign_id = c.campaign_id
left join {{ accounts() }} as a
    on g.platform = a.platform and g.profile_id = a.profile_id
left join post as p
    on g.campaign_id = p.campaign_id and g.platform = p.platform and g.creator = p.creator
left join cost as k
    on g.campaign_id = k.campaign_id and g.platform = k.platform and g.creator = k.creator
left join sale as s
    on g.campaign_id = s.campaign_id and g.platform = s.platform and g.creator = s.creator
