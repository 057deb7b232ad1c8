{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'post_type'],
        tags=['daily'],
    )
}}

with by_type as (
    select
        p.platform as platform,
        p.profile_id as profile_id,
        cast(coalesce(p.post_type, 'unknown') as String) as type_of_post,
        count() as posts,
        avg(p.likes) as avg_likes,
        avg(p.comments) as avg_comments,
        avg(p.plays) as avg_plays,
        countIf(p.likes is not null and p.comments is not null) as known_posts,
        coalesce(sum(p.likes + p.comments), 0) as interactions,
        max(p.published_at) as last_post_at
    from {{ posts() }} as p
    where
        p.published_at > {{ current_moment() }} - toIntervalDay(90)
        and p.published_at <= {{ current_moment() }}
    group by
        p.platform,
        p.profile_id,
        type_of_post
),

mixed as (
    select
        *,
        sum(posts) over creator as all_posts,
        sum(known_posts) over creator as all_known_posts,
        sum(interactions) over creator as all_interactions,
        row_number() over (
            partition by platform, profile_id order by posts desc, type_of_post asc
        ) as place
    from by_type
    window creator as (partition by platform, profile_id)
)

-- Posts of accounts that are not collected (found under a hashtag) make no mix: few of their posts are known.
select
    m.platform as platform,
    m.profile_id as profile_id,
    m.type_of_post as post_type,
    a.handle as handle,
    m.posts as posts,
    m.posts / m.all_posts as posts_share,
    toBool(m.place = 1) as is_main,
    m.avg_likes as avg_likes,
    m.avg_comments as avg_comments,
    m.avg_plays as avg_plays,
    if(
        a.followers > 0, {{ engagement_rate('m.avg_likes', 'm.avg_comments', 'a.followers') }}, null
    ) as engagement_rate,
    if(
        m.known_posts > 0 and m.all_interactions > 0,
        (m.interactions / m.known_posts) / (m.all_interactions / m.all_known_posts),
        null
    ) as engagement_lift,
    assumeNotNull(m.last_post_at) as last_post_at,
    {{ current_moment() }} as updated_at
from mixed as m
inner join {{ accounts() }} as a
    on m.platform = a.platform and m.profile_id = a.profile_id
