{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['campaign_id'],
        tags=['collections'],
    )
}}

with post as (
    select
        p.campaign_id as campaign_id,
        countIf(p.is_collected) as posts,
        countIf(not p.is_collected) as uncollected_posts,
        sum(p.likes) as likes,
        sum(p.comments) as comments,
        sum(p.plays) as plays,
        sum(p.engagements) as engagements,
        sum(p.reach) as reach,
        avg(p.engagement_rate) as avg_engagement_rate
    from {{ campaign_posts() }} as p
    group by p.campaign_id
),

creator as (
    select
        w.campaign_id as campaign_id,
        count() as creators,
        sum(w.followers) as followers,
        sum(w.fee) as fees_agreed,
        sum(w.agreed_posts) as agreed_posts,
        sum(w.delivered_posts) as delivered_posts,
        sum(w.open_posts) as open_posts
    from {{ ref('mart_campaign_profile') }} as w
    group by w.campaign_id
),

cost as (
    select
        k.campaign_id as campaign_id,
        sum(k.amount) as cost
    from {{ ref('stg_coffee_campaign_cost') }} as k
    group by k.campaign_id
),

-- What the collections state of their own.
collection_cost as (
    select
        assumeNotNull(i.campaign_id) as campaign_id,
        sum(i.amount) as cost
    from {{ ref('mart_collection_cost') }} as i
    inner join {{ ref('stg_coffee_campaign') }} as c on i.campaign_id = c.campaign_id
    where
        i.stated_by = 'collection'
        and i.currency = c.currency
    group by assumeNotNull(i.campaign_id)
),

collection as (
    select
        n.campaign_id as campaign_id,
        count() as collections
    from {{ collections() }} as n
    where n.campaign_id is not null
    group by n.campaign_id
),

sale as (
    select
        s.campaign_id as campaign_id,
        sum(s.orders) as orders,
        sumIf(s.gross_sales, s.currency = c.currency) as gross_sales,
        sumIf(s.refunded, s.currency = c.currency) as refunded,
        sumIf(s.net_sales, s.currency = c.currency) as net_sales,
        sumIf(s.orders, not ifNull(s.currency = c.currency, false)) as orders_in_other_currencies
    from {{ ref('mart_campaign_sales') }} as s
    inner join {{ ref('stg_coffee_campaign') }} as c on s.campaign_id = c.campaign_id
    group by s.campaign_id
),

campaign as (
    select
        c.campaign_id as campaign_id,
        c.account_id as account_id,
        c.name as name,
        c.brand as brand,
        c.status as status,
        c.goal as goal,
        c.starts_on as starts_on,
        c.ends_on as ends_on,
        c.currency as currency,
        c.budget as budget,
        ifNull(n.collections, 0) as collections,
        ifNull(w.creators, 0) as creators,
        w.followers as followers,
        w.fees_agreed as fees_agreed,
        w.agreed_posts as agreed_posts,
        ifNull(w.delivered_posts, 0) as delivered_posts,
        w.open_posts as open_posts,
        ifNull(p.posts, 0) as posts,
        ifNull(p.uncollected_posts, 0) as uncollected_posts,
        p.likes as likes,
        p.comments as comments,
        p.plays as plays,
        p.engagements as engagements,
        p.reach as reach,
        p.avg_engagement_rate as avg_engagement_rate,
        ifNull(k.cost, 0) as cost,
        ifNull(l.cost, 0) as collections_cost,
        ifNull(s.orders, 0.0) as orders,
        ifNull(s.orders_in_other_currencies, 0.0) as orders_in_other_currencies,
        ifNull(s.gross_sales, 0) as gross_sales,
        ifNull(s.refunded, 0) as refunded,
        ifNull(s.net_sales, 0) as net_sales,
        multiIf(
            c.goal = 'REACH', p.reach,
            c.goal = 'ENGAGEMENT', toFloat64(p.engagements),
            c.goal = 'VIEWS', toFloat64(p.plays),
            c.goal = 'SALES', ifNull(s.orders, 0.0),
            null
        ) as results
    from {{ ref('stg_coffee_campaign') }} as c
    left join collection as n on c.campaign_id = n.campaign_id
    left join creator as w on c.campaign_id = w.campaign_id
    left join post as p on c.campaign_id = p.campaign_id
    left join cost as k on c.campaign_id = k.campaign_id
    left join collection_cost as l on c.campaign_id = l.campaign_id
    left join sale as s on c.campaign_id = s.campaign_id
)

select
    g.campaign_id as campaign_id,
    g.account_id as account_id,
    g.name as name,
    g.brand as brand,
    g.status as status,
    g.goal as goal,
    g.starts_on as starts_on,
    g.ends_on as ends_on,
    g.currency as currency,
    g.budget as budget,
    {{ sum_of_money('g.cost') }} as cost,
    {{ sum_of_money('g.collections_cost') }} as collections_cost,
    if(g.budget > 0, toFloat64(g.cost) / toFloat64(g.budget), null) as budget_spent_share,
    {{ sum_of_money('g.fees_agreed') }} as fees_agreed,
    g.collections as collections,
    g.creators as creators,
    g.followers as followers,
    g.agreed_posts as agreed_posts,
    g.delivered_posts as delivered_posts,
    g.open_posts as open_posts,
    g.posts as posts,
    g.uncollected_posts as uncollected_posts,
    g.likes as likes,
    g.comments as comments,
    g.plays as plays,
    g.engagements as engagements,
    g.reach as reach,
    g.avg_engagement_rate as avg_engagement_rate,
    {{ cost_per('g.cost', 'g.reach') }} as cost_per_reach,
    {{ cost_per('g.cost', 'g.engagements') }} as cost_per_engagement,
    {{ cost_per('g.cost', 'g.plays') }} as cost_per_view,
    g.orders as orders,
    g.orders_in_other_currencies as orders_in_other_currencies,
    {{ sum_of_money('g.gross_sales') }} as gross_sales,
    {{ sum_of_money('g.refunded') }} as refunded,
    {{ sum_of_money('g.net_sales') }} as net_sales,
    if(g.cost > 0, toFloat64(g.net_sales) / toFloat64(g.cost), null) as return_on_cost,
    g.results as results,
    {{ cost_per('g.cost', 'g.results') }} as cost_per_result,
    {{ current_moment() }} as updated_at
from campaign as g
