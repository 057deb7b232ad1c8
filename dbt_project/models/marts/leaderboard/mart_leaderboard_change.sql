{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'weeks'],
        tags=['daily'],
    )
}}

with newest as (
    select
        platform,
        max(starts_on) as starts_on
    from {{ ref('mart_leaderboard_weekly') }}
    group by platform
),

standing as (
    select
        w.platform as platform,
        w.profile_id as profile_id,
        w.handle as handle,
        w.size_band as size_band,
        w.starts_on as starts_on,
        w.ends_on as ends_on,
        w.followers as followers,
        w.followers_rank as followers_rank,
        arrayJoin([1, 4, 12, 52]) as weeks
    from {{ ref('mart_leaderboard_weekly') }} as w
    inner join newest as n
        on w.platform = n.platform and w.starts_on = n.starts_on
),

compared as (
    select
        s.platform as platform,
        s.profile_id as profile_id,
        toUInt16(s.weeks) as weeks,
        s.handle as handle,
        s.size_band as size_band,
        s.ends_on as ends_on,
        s.followers as followers,
        s.followers_rank as followers_rank,
        t.followers as followers_then,
        t.followers_rank as followers_rank_then,
        toInt64(t.followers_rank) - toInt64(s.followers_rank) as rank_change
    from standing as s
    left join {{ ref('mart_leaderboard_weekly') }} as t
        on
            s.platform = t.platform
            and s.profile_id = t.profile_id
            and addWeeks(s.starts_on, -s.weeks) = t.starts_on
),

moved as (
    select
        *,
        if(rank_change > 0, rank_change, null) as places_climbed,
        if(rank_change < 0, -rank_change, null) as places_lost
    from compared
)

select
    platform,
    profile_id,
    weeks,
    handle,
    size_band,
    ends_on,
    followers,
    followers_then,
    followers_rank,
    followers_rank_then,
    rank_change,
    multiIf(
        rank_change is null, 'new',
        rank_change > 0, 'climbed',
        rank_change < 0, 'fell',
        'stayed'
    ) as movement,
    {{ rank_within('places_climbed', ['weeks']) }} as climbers_rank,
    {{ rank_within('places_climbed', ['weeks', 'size_band']) }} as climbers_rank_by_size_band,
    {{ rank_within('places_lost', ['weeks']) }} as fallers_rank,
    {{ rank_within('places_lost', ['weeks', 'size_band']) }} as fallers_rank_by_size_band,
    {{ current_moment() }} as updated_at
from moved
