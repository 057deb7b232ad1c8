{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id', 'platform', 'creator'],
        tags=['collections'],
    )
}}

-- The creators that a collection names, and those of its posts, whether they are known yet or not.
with post as (
    select
        p.collection_id as collection_id,
        p.platform as platform,
        {{ creator_key('p.profile_id', 'p.handle') }} as creator,
        any(p.profile_id) as profile_id,
        argMax(p.handle, (p.added_at, p.shortcode)) as told_handle,
        count() as posts,
        countIf(p.is_collected) as collected_posts,
        sum(p.likes) as likes,
        sum(p.comments) as comments,
        sum(p.plays) as plays,
        sum(p.engagements) as engagements,
        sum(p.reach) as reach,
        avg(p.engagement_rate) as avg_engagement_rate,
        min(p.published_at) as first_published_at,
        max(p.published_at) as last_published_at
    from {{ ref('mart_collection_post') }} as p
    where {{ creator_key('p.profile_id', 'p.handle') }} is not null
    group by
        p.collection_id,
        p.platform,
        {{ creator_key('p.profile_id', 'p.handle') }}
),

-- A handle that changed may stand in a collection twice: it is one creator.
named as (
    select
        m.collection_id as collection_id,
        m.platform as platform,
        assumeNotNull({{ creator_key('m.found_profile_id', 'm.handle') }}) as creator,
        any(m.found_profile_id) as profile_id,
        argMax(m.handle, (m.added_at, m.handle)) as told_handle
    from {{ members_with_profile(ref('stg_coffee_collection_profile')) }} as m
    group by
        m.collection_id,
        m.platform,
        {{ creator_key('m.found_profile_id', 'm.handle') }}
),

cost as (
    select
        k.collection_id as collection_id,
        k.platform as platform,
        k.creator as creator,
        sum(k.amount) as cost
    from {{ ref('mart_collection_cost') }} as k
    group by
        k.collection_id,
        k.platform,
        k.creator
),

creator as (
    select
        assumeNotNull(coalesce(n.collection_id, p.collection_id)) as collection_id,
        assumeNotNull(coalesce(n.platform, p.platform)) as platform,
        assumeNotNull(coalesce(n.creator, p.creator)) as creator,
        coalesce(n.profile_id, p.profile_id) as profile_id,
        coalesce(n.told_handle, p.told_handle) as told_handle,
        n.creator is not null as is_named,
        ifNull(p.posts, 0) as posts,
        ifNull(p.collected_posts, 0) as collected_posts,
        p.likes as likes,
        p.comments as comments,
        p.plays as plays,
        p.engagements as engagements,
        p.reach as reach,
        p.avg_engagement_rate as avg_engagement_rate,
        p.first_published_at as first_published_at,
        p.last_published_at as last_published_at
    from named as n
    full outer join post as p
        on n.collection_id = p.collection_id and n.platform = p.platform and n.creator = p.creator
)

select
    w.collection_id as collection_id,
    toLowCardinality(w.platform) as platform,
    w.creator as creator,
    c.campaign_id as campaign_id,
    w.profile_id as profile_id,
    coalesce(nullIf(a.handle, ''), w.told_handle) as handle,
    a.full_name as full_name,
    a.followers as followers,
    cast(w.is_named as Bool) as is_named,
    w.posts as posts,
    w.collected_posts as collected_posts,
    w.likes as likes,
    w.comments as comments,
    w.plays as plays,
    w.engagements as engagements,
    w.reach as reach,
    w.avg_engagement_rate as avg_engagement_rate,
    {{ sum_of_money('k.cost') }} as cost,
    toLowCardinality(c.currency) as currency,
    {{ cost_per('k.cost', 'w.reach') }} as cost_per_reach,
    {{ cost_per('k.cost', 'w.engagements') }} as cost_per_engagement,
    {{ cost_per('k.cost', 'w.plays') }} as cost_per_view,
    w.first_published_at as first_published_at,
    w.last_published_at as last_published_at,
    {{ current_moment() }} as updated_at
from creator as w
inner join {{ collections() }} as c on w.collection_id = c.collection_id
left join {{ accounts() }} as a
    on w.platform = a.platform and w.profile_id = a.profile_id
left join cost as k
    on w.collection_id = k.collection_id and w.platform = k.platform and w.creator = k.creator
