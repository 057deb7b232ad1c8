{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id', 'platform', 'keyword'],
        tags=['collections'],
    )
}}

-- The keywords that a collection follows, with the posts that hold them; one without a post is there, too.
with found as (
    select
        p.collection_id as collection_id,
        p.platform as platform,
        arrayJoin(p.matched) as keyword,
        p.shortcode as shortcode,
        p.profile_id as profile_id,
        p.likes as likes,
        p.comments as comments,
        p.plays as plays,
        p.engagements as engagements,
        p.reach as reach,
        p.engagement_rate as engagement_rate,
        p.published_at as published_at
    from {{ ref('mart_collection_post') }} as p
    where p.kind = 'KEYWORDS'
),

used as (
    select
        f.collection_id as collection_id,
        f.platform as platform,
        f.keyword as keyword,
        count() as posts,
        uniqExact(f.profile_id) as creators,
        sum(f.likes) as likes,
        sum(f.comments) as comments,
        sum(f.plays) as plays,
        sum(f.engagements) as engagements,
        sum(f.reach) as reach,
        avg(f.engagement_rate) as avg_engagement_rate,
        argMaxIf(f.shortcode, (f.engagements, f.shortcode), f.engagements is not null) as top_shortcode,
        min(f.published_at) as first_published_at,
        max(f.published_at) as last_published_at
    from found as f
    group by
        f.collection_id,
        f.platform,
        f.keyword
),

whole as (
    select
        p.collection_id as collection_id,
        p.platform as platform,
        count() as posts
    from {{ ref('mart_collection_post') }} as p
    where p.kind = 'KEYWORDS'
    group by
        p.collection_id,
        p.platform
)

select
    k.collection_id as collection_id,
    k.platform as platform,
    k.keyword as keyword,
    c.campaign_id as campaign_id,
    c.starts_on as starts_on,
    c.ends_on as ends_on,
    ifNull(u.posts, 0) as posts,
    if(w.posts > 0, ifNull(u.posts, 0) / w.posts, null) as posts_share,
    ifNull(u.creators, 0) as creators,
    u.likes as likes,
    u.comments as comments,
    u.plays as plays,
    u.engagements as engagements,
    u.reach as reach,
    u.avg_engagement_rate as avg_engagement_rate,
    nullIf(u.top_shortcode, '') as top_shortcode,
    u.first_published_at as first_published_at,
    u.last_published_at as last_published_at,
    k.added_at as added_at,
    {{ current_moment() }} as updated_at
from {{ ref('stg_coffee_keyword_collection') }} as k
inner join {{ collections() }} as c on k.collection_id = c.collection_id
left join used as u
    on k.collection_id = u.collection_id and k.platform = u.platform and k.keyword = u.keyword
left join whole as w
    on k.collection_id = w.collection_id and k.platform = w.platform
