{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'hashtag'],
        tags=['three_hourly'],
    )
}}

-- A hashtag is judged by what its posts do beside the other posts of the same creators: large creators do not make it look good.
with used as (
    select
        p.platform as platform,
        arrayJoin(p.hashtags) as hashtag,
        p.profile_id as profile_id,
        p.published_at as published_at,
        p.likes as likes,
        p.comments as comments,
        p.plays as plays,
        p.reach as reach,
        p.engagement_rate as engagement_rate,
        b.interactions_multiple as interactions_multiple
    from {{ posts() }} as p
    left join {{ ref('mart_post_vs_baseline') }} as b
        on p.platform = b.platform and p.post_id = b.post_id
    where {{ recent_posts(90, 'p.published_at') }}
),

summed as (
    select
        platform,
        hashtag,
        count() as posts,
        uniqExact(profile_id) as creators,
        toInt64(sum(ifNull(likes, 0))) as total_likes,
        toInt64(sum(ifNull(comments, 0))) as total_comments,
        toInt64(sum(ifNull(plays, 0))) as total_plays,
        sum(ifNull(reach, 0.0)) as total_reach,
        quantileExactInclusive(0.5)(engagement_rate) as median_engagement_rate,
        count(interactions_multiple) as compared_posts,
        quantileExactInclusive(0.5)(interactions_multiple) as median_interactions_multiple,
        countIf(interactions_multiple > 1) / nullIf(compared_posts, 0) as above_baseline_share,
        assumeNotNull(min(published_at)) as first_used_at,
        assumeNotNull(max(published_at)) as last_used_at
    from used
    group by
        platform,
        hashtag
)

select
    s.*,
    h.media_count as posts_on_platform,
    {{ current_moment() }} as updated_at
from summed as s
left join {{ hashtags_on_platform() }} as h
    on s.platform = h.platform and s.hashtag = h.hashtag
