{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'hashtag', 'week_starts_on'],
        tags=['daily'],
    )
}}

{% set weeks = 12 %}
{% set fewest_creators = 2 %}

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

-- What one creator alone writes is a signature and no trend; it would be most of the rows.
shared as (
    select
        platform,
        hashtag,
        min(week_starts_on) as first_week_on
    from used
    group by
        platform,
        hashtag
    having uniqExact(profile_id) >= {{ fewest_creators }}
),

weekly as (
    select
        u.platform as platform,
        u.hashtag as hashtag,
        u.week_starts_on as week_starts_on,
        any(s.first_week_on) as first_week_on,
        count() as posts,
        uniqExact(u.profile_id) as creators,
        coalesce(sum(u.likes), 0) as likes,
        coalesce(sum(u.comments), 0) as comments,
        coalesce(sum(u.plays), 0) as plays,
        quantileExactInclusive(0.5)(u.engagement_rate) as median_engagement_rate
    from used as u
    inner join shared as s
        on u.platform = s.platform and u.hashtag = s.hashtag
    group by
        u.platform,
        u.hashtag,
        u.week_starts_on
)

-- A week that still runs is not held against a whole one.
select
    w.platform as platform,
    w.hashtag as hashtag,
    w.week_starts_on as week_starts_on,
    toBool(w.week_starts_on + 7 <= toDate({{ current_moment() }})) as is_complete,
    w.posts as posts,
    w.creators as creators,
    w.likes as likes,
    w.comments as comments,
    w.plays as plays,
    w.median_engagement_rate as median_engagement_rate,
    coalesce(b.posts, 0) as posts_before,
    coalesce(b.creators, 0) as creators_before,
    if(is_complete, toInt64(w.posts) - toInt64(coalesce(b.posts, 0)), null) as growth,
    if(is_complete, {{ change_pct('w.posts', 'coalesce(b.posts, 0)') }}, null) as growth_pct,
    toBool(w.week_starts_on = w.first_week_on) as is_new,
    row_number() over (
        partition by w.platform, w.week_starts_on order by w.posts desc, w.creators desc, w.hashtag asc
    ) as posts_rank,
    {{ current_moment() }} as updated_at
from weekly as w
left join weekly as b
    on w.platform = b.platform and w.hashtag = b.hashtag and w.week_starts_on = b.week_starts_on + 7
where w.week_starts_on >= {{ first_week(weeks, current_moment()) }}
