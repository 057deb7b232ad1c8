{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id', 'platform', 'hashtag'],
        tags=['collections'],
    )
}}

-- The hashtags that a collection follows, whether a post has them or not, and those that its posts bear.
with borne as (
    select
        p.collection_id as collection_id,
        p.platform as platform,
        arrayJoin(arrayDistinct(p.hashtags)) as hashtag,
        p.profile_id as profile_id,
        p.likes as likes,
        p.comments as comments,
        p.plays as plays,
        p.engagements as engagements,
        p.reach as reach,
        p.engagement_rate as engagement_rate,
        p.published_at as published_at
    from {{ ref('mart_collection_post') }} as p
    where p.is_collected
),

used as (
    select
        b.collection_id as collection_id,
        b.platform as platform,
        b.hashtag as hashtag,
        count() as posts,
        uniqExact(b.profile_id) as creators,
        sum(b.likes) as likes,
        sum(b.comments) as comments,
        sum(b.plays) as plays,
        sum(b.engagements) as engagements,
        sum(b.reach) as reach,
        avg(b.engagement_rate) as avg_engagement_rate,
        min(b.published_at) as first_published_at,
        max(b.published_at) as last_published_at
    from borne as b
    where b.hashtag != ''
    group by
        b.collection_id,
        b.platform,
        b.hashtag
),

whole as (
    select
        p.collection_id as collection_id,
        p.platform as platform,
        count() as collected_posts
    from {{ ref('mart_collection_post') }} as p
    where p.is_collected
    group by
        p.collection_id,
        p.platform
),

hashtag as (
    select
        assumeNotNull(coalesce(n.collection_id, u.collection_id)) as collection_id,
        assumeNotNull(coalesce(n.platform, u.platform)) as platform,
        assumeNotNull(coalesce(n.hashtag, u.hashtag)) as hashtag,
        n.hashtag is not null as is_followed,
        ifNull(u.posts, 0) as posts,
        ifNull(u.creators, 0) as creators,
        u.likes as likes,
        u.comments as comments,
        u.plays as plays,
        u.engagements as engagements,
        u.reach as reach,
        u.avg_engagement_rate as avg_engagement_rate,
        u.first_published_at as first_published_at,
        u.last_published_at as last_published_at
    from {{ ref('stg_coffee_collection_hashtag') }} as n
    full outer join used as u
        on n.collection_id = u.collection_id and n.platform = u.platform and n.hashtag = u.hashtag
)

select
    h.collection_id as collection_id,
    toLowCardinality(h.platform) as platform,
    h.hashtag as hashtag,
    cast(h.is_followed as Bool) as is_followed,
    h.posts as posts,
    if(w.collected_posts > 0, h.posts / w.collected_posts, null) as posts_share,
    h.creators as creators,
    h.likes as likes,
    h.comments as comments,
    h.plays as plays,
    h.engagements as engagements,
    h.reach as reach,
    h.avg_engagement_rate as avg_engagement_rate,
    i.media_count as platform_posts,
    h.first_published_at as first_published_at,
    h.last_published_at as last_published_at,
    {{ current_moment() }} as updated_at
from hashtag as h
left join whole as w
    on h.collection_id = w.collection_id and h.platform = w.platform
left join {{ hashtags_on_platform() }} as i
    on h.platform = i.platform and h.hashtag = i.hashtag
