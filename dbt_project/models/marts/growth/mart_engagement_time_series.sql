{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'date'],
        tags=['daily'],
    )
}}

-- A year of days, and the 29 days before the first one that its mean reaches back to.
with day as (
    select
        p.platform as platform,
        p.profile_id as profile_id,
        toDate(assumeNotNull(p.published_at)) as date,
        count() as posts,
        sum(p.likes) as likes,
        sum(p.comments) as comments,
        sum(p.plays) as plays,
        count(p.likes) as posts_with_likes,
        count(p.comments) as posts_with_comments
    from {{ posts() }} as p
    where
        p.published_at >= toStartOfDay({{ current_moment() }}) - toIntervalDay({{ 365 + 29 }})
        and p.published_at <= {{ current_moment() }}
    group by
        p.platform,
        p.profile_id,
        date
),

counted as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        t.date as counted_on,
        t.followers as followers
    from {{ ref('mart_time_series') }} as t
    where
        t.followers is not null
        and (t.platform, t.profile_id) in (select d.platform, d.profile_id from day as d)
),

-- The followers that the day's posts met: the latest figure up to the day, else the first one after it.
followed as (
    select
        d.platform as platform,
        d.profile_id as profile_id,
        d.date as date,
        d.posts as posts,
        d.likes as likes,
        d.comments as comments,
        d.plays as plays,
        d.posts_with_likes as posts_with_likes,
        d.posts_with_comments as posts_with_comments,
        coalesce(b.followers, l.followers) as followers,
        coalesce(b.counted_on, l.counted_on) as followers_on
    from day as d
    asof left join counted as b
        on d.platform = b.platform and d.profile_id = b.profile_id and d.date >= b.counted_on
    asof left join counted as l
        on d.platform = l.platform and d.profile_id = l.profile_id and d.date < l.counted_on
),

averaged as (
    select
        *,
        likes / nullIf(posts_with_likes, 0) as avg_likes,
        comments / nullIf(posts_with_comments, 0) as avg_comments,
        sum(posts) over month_to_date as posts_30_days,
        sum(likes) over month_to_date / nullIf(sum(posts_with_likes) over month_to_date, 0) as avg_likes_30_days,
        sum(comments) over month_to_date / nullIf(sum(posts_with_comments) over month_to_date, 0) as avg_comments_30_days
    from followed
    window month_to_date as (
        partition by platform, profile_id order by date range between 29 preceding and current row
    )
)

select
    platform,
    profile_id,
    date,
    posts,
    likes,
    comments,
    plays,
    avg_likes,
    avg_comments,
    followers,
    followers_on,
    if(followers > 0, {{ engagement_rate('avg_likes', 'avg_comments', 'followers') }}, null) as engagement_rate,
    posts_30_days,
    avg_likes_30_days,
    avg_comments_30_days,
    if(
        followers > 0, {{ engagement_rate('avg_likes_30_days', 'avg_comments_30_days', 'followers') }}, null
    ) as engagement_rate_30_days
from averaged
where date > toDate({{ current_moment() }}) - 366
