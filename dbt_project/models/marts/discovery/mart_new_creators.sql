{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['daily'],
    )
}}

{% set window_days = 30 %}

with series as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        min(t.date) as first_on,
        argMinIf(t.followers, t.date, t.followers is not null) as first_followers,
        count() as days_observed
    from {{ ref('mart_time_series') }} as t
    group by
        t.platform,
        t.profile_id
),

-- An account that no log tells of was first seen when it was last seen.
seen as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.handle as handle,
        a.full_name as full_name,
        a.category as category,
        a.language as language,
        a.country as country,
        a.followers as followers,
        a.engagement_rate as engagement_rate,
        a.total_posts as total_posts,
        a.observed_at as observed_at,
        least(coalesce(s.first_on, toDate(a.observed_at)), toDate(a.observed_at)) as first_on,
        if(s.profile_id is null, a.followers, s.first_followers) as first_followers,
        greatest(coalesce(s.days_observed, 0), 1) as days_observed
    from {{ accounts() }} as a
    left join series as s
        on a.platform = s.platform and a.profile_id = s.profile_id
)

select
    platform,
    profile_id,
    handle,
    full_name,
    category,
    language,
    country,
    {{ known_size_band('followers') }} as size_band,
    first_on as first_seen_on,
    toUInt16(toDate({{ current_moment() }}) - first_on) as days_known,
    days_observed,
    first_followers as followers_first,
    followers,
    followers - first_followers as growth,
    if(first_followers > 0, (followers - first_followers) / first_followers * 100, null) as growth_pct,
    engagement_rate,
    total_posts,
    observed_at,
    {{ current_moment() }} as updated_at
from seen
where
    first_on > toDate({{ current_moment() }}) - {{ window_days }}
    and first_on <= toDate({{ current_moment() }})
