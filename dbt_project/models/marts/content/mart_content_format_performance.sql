{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'category', 'size_band', 'post_type'],
        tags=['daily'],
    )
}}

with post as (
    select
        p.platform as platform,
        p.profile_id as profile_id,
        coalesce(a.category, 'Unknown') as category,
        if(p.followers is null, 'unknown', {{ size_band('assumeNotNull(p.followers)') }}) as size_band,
        coalesce(p.post_type, 'unknown') as post_type,
        p.likes as likes,
        p.comments as comments,
        p.plays as plays,
        p.reach as reach,
        p.duration_seconds as duration_seconds,
        p.engagement_rate as engagement_rate,
        b.interactions_multiple as interactions_multiple
    from {{ posts() }} as p
    left join {{ accounts() }} as a
        on p.platform = a.platform and p.profile_id = a.profile_id
    left join {{ ref('mart_post_vs_baseline') }} as b
        on p.platform = b.platform and p.post_id = b.post_id
    where {{ recent_posts(90, 'p.published_at') }}
)

select
    platform,
    category,
    size_band,
    post_type,
    count() as posts,
    posts / sum(posts) over (partition by platform, category, size_band) as posts_share,
    uniqExact(profile_id) as creators,
    avg(likes) as avg_likes,
    avg(comments) as avg_comments,
    avg(plays) as avg_plays,
    avg(reach) as avg_reach,
    avg(duration_seconds) as avg_duration_seconds,
    quantileExactInclusive(0.5)(engagement_rate) as median_engagement_rate,
    quantileExactInclusive(0.5)(interactions_multiple) as median_interactions_multiple,
    {{ current_moment() }} as updated_at
from post
group by
    platform,
    category,
    size_band,
    post_type
