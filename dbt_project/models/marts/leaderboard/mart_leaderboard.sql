{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['core', 'hourly', 'leaderboard'],
    )
}}

-- Columns are qualified where an alias has the same name: ClickHouse would take the alias, also in WHERE.
with observed as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        t.date as date,
        assumeNotNull(t.followers) as followers
    from {{ ref('mart_time_series') }} as t
    where t.followers is not null
),

-- One day for all of a platform, so that the earlier ranks are those of one moment and can be compared.
period as (
    select
        platform,
        max(date) - 28 as ends_on
    from observed
    group by platform
),

previous as (
    select
        o.platform as platform,
        o.profile_id as profile_id,
        argMax(o.followers, o.date) as previous_followers,
        max(o.date) as previous_observed_on
    from observed as o
    inner join period as p on o.platform = p.platform
    where o.date <= p.ends_on
    group by
        o.platform,
        o.profile_id
),

ranked_previous as (
    select
        platform,
        profile_id,
        previous_followers,
        previous_observed_on,
        {{ rank_within('previous_followers', known=true) }} as previous_followers_rank
    from previous
),

current as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.handle as handle,
        a.full_name as full_name,
        a.category as category,
        a.language as language,
        a.country as country,
        assumeNotNull(a.followers) as followers,
        a.engagement_rate as engagement_rate,
        a.avg_likes as avg_likes,
        a.avg_comments as avg_comments,
        a.total_posts as total_posts,
        a.observed_at as observed_at,
        {{ size_band('a.followers') }} as size_band
    from {{ accounts() }} as a
    where a.followers is not null
),

ranked as (
    select
        *,
        {{ rank_within('followers', known=true) }} as followers_rank,
        {{ rank_within('followers', ['category'], known=true) }} as followers_rank_by_category,
        {{ rank_within('followers', ['language'], known=true) }} as followers_rank_by_language,
        {{ rank_within('followers', ['country'], known=true) }} as followers_rank_by_country,
        {{ rank_within('followers', ['size_band'], known=true) }} as followers_rank_by_size_band,
        {{ rank_within('engagement_rate') }} as engagement_rank
    from current
)

select
    r.platform as platform,
    r.profile_id as profile_id,
    r.handle as handle,
    r.full_name as full_name,
    r.category as category,
    r.language as language,
    r.country as country,
    r.size_band as size_band,
    r.followers as followers,
    r.followers_rank as followers_rank,
    p.previous_followers as previous_followers,
    p.previous_followers_rank as previous_followers_rank,
    toInt64(p.previous_followers_rank) - toInt64(r.followers_rank) as rank_change,
    p.previous_observed_on as previous_observed_on,
    r.followers_rank_by_category as followers_rank_by_category,
    r.followers_rank_by_language as followers_rank_by_language,
    r.followers_rank_by_country as followers_rank_by_country,
    r.followers_rank_by_size_band as followers_rank_by_size_band,
    r.engagement_rate as engagement_rate,
    r.engagement_rank as engagement_rank,
    r.avg_likes as avg_likes,
    r.avg_comments as avg_comments,
    r.total_posts as total_posts,
    r.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from ranked as r
left join ranked_previous as p
    on r.platform = p.platform and r.profile_id = p.profile_id
