{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'category', 'week_starts_on'],
        tags=['daily'],
    )
}}

{% set weeks = 26 %}

with account as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.category as category
    from {{ accounts() }} as a
),

-- Growth is that of the accounts that were seen in the week and before: one that enters collection does not make its category grow.
followed as (
    select
        a.platform as platform,
        a.category as category,
        w.starts_on as week_starts_on,
        countIf(w.followers_last is not null) as creators,
        coalesce(sum(w.followers_last), 0) as followers,
        countIf(w.growth is not null) as compared_creators,
        sum(w.growth) as growth,
        sumIf(w.followers_before, w.growth is not null) as compared_followers
    from {{ ref('mart_time_series_weekly') }} as w
    inner join account as a
        on w.platform = a.platform and w.profile_id = a.profile_id
    where
        w.starts_on >= {{ first_week(weeks, current_moment()) }}
        and w.starts_on <= toDate({{ current_moment() }})
    group by
        a.platform,
        a.category,
        w.starts_on
),

-- From a week earlier, so that the first week has one to be compared with.
published as (
    select
        a.platform as platform,
        a.category as category,
        toMonday(toDate(p.published_at)) as week_starts_on,
        count() as posts,
        uniqExact(p.profile_id) as posting_creators,
        coalesce(sum(p.likes), 0) as likes,
        coalesce(sum(p.comments), 0) as comments,
        coalesce(sum(p.plays), 0) as plays,
        quantileExactInclusive(0.5)(p.engagement_rate) as median_engagement_rate
    from {{ posts() }} as p
    inner join account as a
        on p.platform = a.platform and p.profile_id = a.profile_id
    where
        p.published_at >= {{ first_week(weeks + 1, current_moment()) }}
        and p.published_at <= {{ current_moment() }}
    group by
        a.platform,
        a.category,
        week_starts_on
),

calendar as (
    select
        c.platform as platform,
        c.category as category,
        w.week_starts_on as week_starts_on,
        w.week_starts_on + 7 <= toDate({{ current_moment() }}) as is_complete
    from (select distinct platform, category from account) as c
    cross join {{ weeks_until_now(weeks, current_moment()) }} as w
)

-- A week that still runs is not held against a whole one.
select
    c.platform as platform,
    c.category as category,
    c.week_starts_on as week_starts_on,
    toBool(c.is_complete) as is_complete,
    coalesce(f.creators, 0) as creators,
    coalesce(f.followers, 0) as followers,
    coalesce(f.compared_creators, 0) as compared_creators,
    f.growth as growth,
    if(f.compared_followers > 0, f.growth / f.compared_followers * 100, null) as growth_pct,
    coalesce(p.posts, 0) as posts,
    coalesce(p.posting_creators, 0) as posting_creators,
    coalesce(p.likes, 0) as likes,
    coalesce(p.comments, 0) as comments,
    coalesce(p.plays, 0) as plays,
    p.median_engagement_rate as median_engagement_rate,
    coalesce(b.posts, 0) as posts_before,
    if(c.is_complete, {{ change_pct('coalesce(p.posts, 0)', 'coalesce(b.posts, 0)') }}, null) as posts_change_pct,
    {{ current_moment() }} as updated_at
from calendar as c
left join followed as f
    on c.platform = f.platform and c.category = f.category and c.week_starts_on = f.week_starts_on
left join published as p
    on c.platform = p.platform and c.category = p.category and c.week_starts_on = p.week_starts_on
left join published as b
    on c.platform = b.platform and c.category = b.category and c.week_starts_on = b.week_starts_on + 7
