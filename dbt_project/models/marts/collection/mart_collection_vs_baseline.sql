{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id', 'platform', 'profile_id'],
        tags=['collections'],
    )
}}

-- A creator's usual posts are those of the 90 days before the collection began, without the posts of the collection itself; the two
-- best and the two worst are left out of their averages when there are more than four (the formula of averages).
with collection as (
    select
        c.collection_id as collection_id,
        c.campaign_id as campaign_id,
        c.starts_on as starts_on
    from {{ collections() }} as c
),

own as (
    select
        p.collection_id as collection_id,
        p.platform as platform,
        assumeNotNull(p.profile_id) as profile_id,
        argMax(p.handle, (p.observed_at, p.shortcode)) as handle,
        argMax(p.followers, (p.observed_at, p.shortcode)) as followers,
        count() as posts,
        avg(p.likes) as avg_likes,
        avg(p.comments) as avg_comments,
        avg(p.plays) as avg_plays,
        avg(p.reach) as avg_reach,
        avg(p.engagement_rate) as avg_engagement_rate
    from {{ ref('mart_collection_post') }} as p
    where
        p.is_collected
        and p.profile_id is not null
    group by
        p.collection_id,
        p.platform,
        p.profile_id
),

before as (
    select
        o.collection_id as collection_id,
        o.platform as platform,
        o.profile_id as profile_id,
        count() as posts,
        {{ averaged_posts('p.likes', 'p.comments', 'p.reach') }} as averaged,
        avg(p.plays) as avg_plays
    from own as o
    inner join collection as c on o.collection_id = c.collection_id
    inner join {{ posts() }} as p
        on o.platform = p.platform and o.profile_id = p.profile_id
    where
        toDate32(p.published_at) >= (select min(starts_on) - 90 from collection)
        and toDate32(p.published_at) >= c.starts_on - 90
        and toDate32(p.published_at) < c.starts_on
        and (o.collection_id, p.platform, coalesce(nullIf(p.shortcode, ''), p.post_id)) not in (
            select
                collection_id,
                platform,
                shortcode
            from {{ ref('mart_collection_post') }}
        )
    group by
        o.collection_id,
        o.platform,
        o.profile_id
),

compared as (
    select
        o.collection_id as collection_id,
        o.platform as platform,
        o.profile_id as profile_id,
        o.handle as handle,
        o.followers as followers,
        o.posts as posts,
        ifNull(b.posts, 0) as baseline_posts,
        o.avg_likes as avg_likes,
        if(b.posts > 0, {{ average_likes('b.averaged') }}, null) as baseline_avg_likes,
        o.avg_comments as avg_comments,
        if(b.posts > 0, {{ average_comments('b.averaged') }}, null) as baseline_avg_comments,
        o.avg_plays as avg_plays,
        b.avg_plays as baseline_avg_plays,
        o.avg_reach as avg_reach,
        if(b.posts > 0, {{ average_reach('b.averaged') }}, null) as baseline_avg_reach,
        o.avg_engagement_rate as avg_engagement_rate,
        if(b.posts > 0, {{ average_engagement('b.averaged', 'o.followers') }}, null) as baseline_avg_engagement_rate
    from own as o
    left join before as b
        on o.collection_id = b.collection_id and o.platform = b.platform and o.profile_id = b.profile_id
)

select
    v.collection_id as collection_id,
    v.platform as platform,
    v.profile_id as profile_id,
    c.campaign_id as campaign_id,
    v.handle as handle,
    v.followers as followers,
    c.starts_on as baseline_until,
    v.posts as posts,
    v.baseline_posts as baseline_posts,
    v.avg_likes as avg_likes,
    v.baseline_avg_likes as baseline_avg_likes,
    {{ lift_pct('v.avg_likes', 'v.baseline_avg_likes') }} as likes_lift_pct,
    v.avg_comments as avg_comments,
    v.baseline_avg_comments as baseline_avg_comments,
    {{ lift_pct('v.avg_comments', 'v.baseline_avg_comments') }} as comments_lift_pct,
    v.avg_plays as avg_plays,
    v.baseline_avg_plays as baseline_avg_plays,
    {{ lift_pct('v.avg_plays', 'v.baseline_avg_plays') }} as plays_lift_pct,
    v.avg_reach as avg_reach,
    v.baseline_avg_reach as baseline_avg_reach,
    {{ lift_pct('v.avg_reach', 'v.baseline_avg_reach') }} as reach_lift_pct,
    v.avg_engagement_rate as avg_engagement_rate,
    v.baseline_avg_engagement_rate as baseline_avg_engagement_rate,
    {{ lift_pct('v.avg_engagement_rate', 'v.baseline_avg_engagement_rate') }} as engagement_lift_pct,
    {{ current_moment() }} as updated_at
from compared as v
inner join collection as c on v.collection_id = c.collection_id
