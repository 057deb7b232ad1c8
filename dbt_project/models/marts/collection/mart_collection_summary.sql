{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id'],
        tags=['collections'],
    )
}}

with post as (
    select
        p.collection_id as collection_id,
        count() as posts,
        countIf(p.is_collected) as collected_posts,
        sum(p.likes) as likes,
        sum(p.comments) as comments,
        sum(p.plays) as plays,
        sum(p.shares) as shares,
        sum(p.saves) as saves,
        sum(p.engagements) as engagements,
        sum(p.reach) as reach,
        avg(p.engagement_rate) as avg_engagement_rate,
        min(p.published_at) as first_published_at,
        max(p.published_at) as last_published_at,
        max(p.observed_at) as observed_at
    from {{ ref('mart_collection_post') }} as p
    group by p.collection_id
),

creator as (
    select
        w.collection_id as collection_id,
        count() as creators,
        sum(w.followers) as followers
    from {{ ref('mart_collection_profile') }} as w
    group by w.collection_id
),

cost as (
    select
        k.collection_id as collection_id,
        sum(k.amount) as cost
    from {{ ref('mart_collection_cost') }} as k
    group by k.collection_id
),

-- Orders that the codes of its creators brought to the campaign.
sale as (
    select
        w.collection_id as collection_id,
        sum(s.orders) as orders
    from {{ ref('mart_collection_profile') }} as w
    inner join {{ ref('mart_campaign_sales') }} as s
        on w.campaign_id = s.campaign_id and w.platform = s.platform and w.creator = s.creator
    group by w.collection_id
),

collection as (
    select
        c.collection_id as collection_id,
        c.name as name,
        c.kind as kind,
        c.account_id as account_id,
        c.campaign_id as campaign_id,
        c.goal as goal,
        c.starts_on as starts_on,
        c.ends_on as ends_on,
        c.currency as currency,
        ifNull(p.posts, 0) as posts,
        ifNull(p.collected_posts, 0) as collected_posts,
        ifNull(w.creators, 0) as creators,
        w.followers as followers,
        p.likes as likes,
        p.comments as comments,
        p.plays as plays,
        p.shares as shares,
        p.saves as saves,
        p.engagements as engagements,
        p.reach as reach,
        p.avg_engagement_rate as avg_engagement_rate,
        k.cost as cost,
        multiIf(
            c.goal = 'REACH', p.reach,
            c.goal = 'ENGAGEMENT', toFloat64(p.engagements),
            c.goal = 'VIEWS', toFloat64(p.plays),
            c.goal = 'SALES', ifNull(s.orders, 0.0),
            null
        ) as results,
        p.first_published_at as first_published_at,
        p.last_published_at as last_published_at,
        p.observed_at as observed_at
    from {{ collections() }} as c
    left join post as p on c.collection_id = p.collection_id
    left join creator as w on c.collection_id = w.collection_id
    left join cost as k on c.collection_id = k.collection_id
    left join sale as s on c.collection_id = s.collection_id
)

select
    c.collection_id as collection_id,
    c.name as name,
    c.kind as kind,
    c.account_id as account_id,
    c.campaign_id as campaign_id,
    c.goal as goal,
    c.starts_on as starts_on,
    c.ends_on as ends_on,
    c.posts as posts,
    c.collected_posts as collected_posts,
    c.creators as creators,
    c.followers as followers,
    c.likes as likes,
    c.comments as comments,
    c.plays as plays,
    c.shares as shares,
    c.saves as saves,
    c.engagements as engagements,
    c.reach as reach,
    c.avg_engagement_rate as avg_engagement_rate,
    {{ sum_of_money('c.cost') }} as cost,
    toLowCardinality(c.currency) as currency,
    {{ cost_per('c.cost', 'c.reach') }} as cost_per_reach,
    {{ cost_per('c.cost', 'c.engagements') }} as cost_per_engagement,
    {{ cost_per('c.cost', 'c.plays') }} as cost_per_view,
    c.results as results,
    {{ cost_per('c.cost', 'c.results') }} as cost_per_result,
    c.first_published_at as first_published_at,
    c.last_published_at as last_published_at,
    c.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from collection as c
