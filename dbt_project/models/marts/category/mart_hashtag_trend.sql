{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'hashtag', 'week_starts_on'],
        tags=['daily'],
    )
}}

{% set weeks = 12 %}

-- From a week earlier, so that the first week has one to be compared with.
with used as (
    select
        p.platform as platform,
        arrayJoin(p.hashtags) as hashtag,
        p.profile_id as profile_id,
        toMonday(toDate(assumeNotNull(p.published_at))) as week_starts_on,
        p.likes as likes,
        p.comments as comments,
        p.plays as plays,
        p.engagement_rate as engagement_rate
    from {{ posts() }} as p
    where
        p.published_at >= {{ first_week(weeks + 1, current_moment()) }}
        and p.published_at <= {{ current_moment() }}
        and notEmpty(p.hashtags)
),

weekly as (
    select
        u.platform as platform,
        u.hashtag as hashtag,
        u.week_starts_on as week_starts_on,
        count() as posts,
        uniqExact(u.profile_id) as creators,
        min(u.profile_id) as first_creator,
        max(u.profile_id) as last_creator,
        coalesce(sum(u.likes), 0) as likes,
        coalesce(sum(u.comments), 0) as comments,
        coalesce(sum(u.plays), 0) as plays,
        quantileExactInclusive(0.5)(u.engagement_rate) as median_engagement_rate
    from used as u
    group by
        u.platform,
        u.hashtag,
        u.week_starts_on
),

-- The row before is that of the last week with the hashtag, which need not be the week before.
compared as (
    select
        *,
        min(first_creator) over history != max(last_creator) over history as is_shared,
        min(week_starts_on) over history as first_week_on,
        any(week_starts_on) over previous = week_starts_on - 7 as is_consecutive,
        if(is_consecutive, any(posts) over previous, 0) as posts_before,
        if(is_consecutive, any(creators) over previous, 0) as creators_before,
        week_starts_on + 7 <= toDate({{ current_moment() }}) as is_over
    from weekly
    window
        history as (partition by platform, hashtag),
        previous as (
            partition by platform, hashtag order by week_starts_on asc rows between 1 preceding and 1 preceding
        )
)

-- What one creator alone writes is a signature and no trend; it would be most of the rows. A week that still runs is not held
-- against a whole one.
select
    platform,
    hashtag,
    week_starts_on,
    toBool(is_over) as is_complete,
    posts,
    creators,
    likes,
    comments,
    plays,
    median_engagement_rate,
    posts_before,
    creators_before,
    if(is_over, toInt64(posts) - toInt64(posts_before), null) as growth,
    if(is_over, {{ change_pct('posts', 'posts_before') }}, null) as growth_pct,
    toBool(week_starts_on = first_week_on) as is_new,
    row_number() over (
        partition by platform, week_starts_on order by posts desc, creators desc, hashtag asc
    ) as posts_rank,
    {{ current_moment() }} as updated_at
from compared
where
    is_shared
    and week_starts_on >= {{ first_week(weeks, current_moment()) }}
