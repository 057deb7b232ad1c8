{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['three_hourly'],
    )
}}

-- YouTube counts the views of a channel; how many were gained is known from the series. Instagram counts those of a post. Whoever was not
-- seen for four weeks would keep the place of then for good.
with counted as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        t.date as date,
        t.views as counted_views,
        max(t.date) over (partition by t.platform, t.profile_id) as newest_on
    from {{ ref('mart_time_series') }} as t
    where t.views is not null
),

gained as (
    select
        c.platform as platform,
        c.profile_id as profile_id,
        c.newest_on as newest_on,
        argMax(c.counted_views, c.date) as views,
        argMax(c.counted_views, c.date) - argMaxIf(c.counted_views, c.date, c.date <= c.newest_on - 30) as views_gained,
        toInt64(c.newest_on - maxIf(toNullable(c.date), c.date <= c.newest_on - 30)) as views_gained_days
    from counted as c
    group by
        c.platform,
        c.profile_id,
        c.newest_on
),

watched as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.handle as handle,
        a.category as category,
        a.language as language,
        a.country as country,
        {{ size_band('assumeNotNull(a.followers)') }} as size_band,
        assumeNotNull(a.followers) as followers,
        a.total_posts as total_posts,
        a.avg_plays as avg_plays,
        if(a.followers > 0, a.avg_plays / a.followers, null) as plays_per_follower,
        g.views as views,
        if(g.views_gained_days <= 45 and g.newest_on > toDate({{ current_moment() }}) - 28, g.views_gained, null) as views_gained,
        g.views_gained_days as views_gained_days
    from {{ accounts() }} as a
    left join gained as g
        on a.platform = g.platform and a.profile_id = g.profile_id
    where
        a.followers is not null
        and (a.avg_plays is not null or g.views is not null)
)

select
    *,
    {{ rank_within('avg_plays') }} as avg_plays_rank,
    {{ rank_within('avg_plays', ['category']) }} as avg_plays_rank_by_category,
    {{ rank_within('avg_plays', ['language']) }} as avg_plays_rank_by_language,
    {{ rank_within('avg_plays', ['country']) }} as avg_plays_rank_by_country,
    {{ rank_within('avg_plays', ['size_band']) }} as avg_plays_rank_by_size_band,
    {{ rank_within('views') }} as views_rank,
    {{ rank_within('views_gained') }} as views_gained_rank,
    {{ current_moment() }} as updated_at
from watched
