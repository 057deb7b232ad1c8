{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'topic', 'week_starts_on'],
        tags=['daily'],
    )
}}

{% set weeks = 26 %}
{% set momentum_weeks = 4 %}

-- A post counts in each topic of its creator.
with account as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.topics as topics
    from {{ accounts() }} as a
    where notEmpty(a.topics)
),

post as (
    select
        a.platform as platform,
        a.topics as topics,
        p.profile_id as profile_id,
        toMonday(toDate(p.published_at)) as week_starts_on,
        p.likes + p.comments as interactions,
        p.plays as plays
    from {{ posts() }} as p
    inner join account as a
        on p.platform = a.platform and p.profile_id = a.profile_id
    where
        p.published_at >= {{ first_week(weeks + 2 * momentum_weeks, current_moment()) }}
        and p.published_at <= {{ current_moment() }}
),

of_week as (
    select
        platform,
        week_starts_on,
        count() as posts
    from post
    group by
        platform,
        week_starts_on
),

of_topic as (
    select
        p.platform as platform,
        arrayJoin(p.topics) as topic,
        p.week_starts_on as week_starts_on,
        count() as posts,
        uniqExact(p.profile_id) as posting_creators,
        coalesce(sum(p.interactions), 0) as interactions,
        avg(p.interactions) as avg_interactions,
        coalesce(sum(p.plays), 0) as plays
    from post as p
    group by
        p.platform,
        topic,
        p.week_starts_on
),

calendar as (
    select
        t.platform as platform,
        t.topic as topic,
        w.week_starts_on as week_starts_on
    from (select distinct platform, arrayJoin(topics) as topic from account) as t
    cross join {{ weeks_until_now(weeks + 2 * momentum_weeks, current_moment()) }} as w
),

-- Without gaps, so that eight rows back are eight weeks back.
series as (
    select
        c.platform as platform,
        c.topic as topic,
        c.week_starts_on as week_starts_on,
        coalesce(t.posts, 0) as posts,
        coalesce(t.posting_creators, 0) as posting_creators,
        coalesce(t.interactions, 0) as interactions,
        t.avg_interactions as avg_interactions,
        coalesce(t.plays, 0) as plays,
        coalesce(w.posts, 0) as all_posts,
        sum(coalesce(t.posts, 0)) over (
            partition by c.platform, c.topic order by c.week_starts_on asc
            rows between {{ momentum_weeks - 1 }} preceding and current row
        ) as posts_4w,
        sum(coalesce(t.posts, 0)) over (
            partition by c.platform, c.topic order by c.week_starts_on asc
            rows between {{ 2 * momentum_weeks - 1 }} preceding and {{ momentum_weeks }} preceding
        ) as posts_4w_before
    from calendar as c
    left join of_topic as t
        on c.platform = t.platform and c.topic = t.topic and c.week_starts_on = t.week_starts_on
    left join of_week as w
        on c.platform = w.platform and c.week_starts_on = w.week_starts_on
)

select
    platform,
    topic,
    week_starts_on,
    toBool(week_starts_on + 7 <= toDate({{ current_moment() }})) as is_complete,
    posts,
    if(all_posts > 0, posts / all_posts, null) as posts_share,
    posting_creators,
    interactions,
    avg_interactions,
    plays,
    posts_4w,
    posts_4w_before,
    if(is_complete, {{ change_pct('posts_4w', 'posts_4w_before') }}, null) as momentum_pct,
    {{ current_moment() }} as updated_at
from series
where week_starts_on >= {{ first_week(weeks, current_moment()) }}
