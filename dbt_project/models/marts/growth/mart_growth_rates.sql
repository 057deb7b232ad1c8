{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'days'],
        tags=['hourly'],
    )
}}

with known as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        t.date as date,
        t.followers as followers
    from {{ ref('mart_time_series') }} as t
    where t.followers is not null
),

newest as (
    select
        platform,
        profile_id,
        max(date) as observed_on
    from known
    group by
        platform,
        profile_id
),

-- An account is compared with itself, as of its own newest day: a late collector does not make it shrink.
compared as (
    select
        k.platform as platform,
        k.profile_id as profile_id,
        arrayJoin([7, 30, 90]) as window_days,
        argMax(k.followers, k.date) as followers,
        any(n.observed_on) as observed_on,
        argMaxIf(k.followers, k.date, k.date <= n.observed_on - window_days) as followers_then,
        maxIf(toNullable(k.date), k.date <= n.observed_on - window_days) as compared_on
    from known as k
    inner join newest as n
        on k.platform = n.platform and k.profile_id = n.profile_id
    group by
        k.platform,
        k.profile_id,
        window_days
)

select
    platform,
    profile_id,
    toUInt16(window_days) as days,
    assumeNotNull(followers) as followers,
    observed_on,
    followers_then,
    compared_on,
    toInt64(observed_on - compared_on) as compared_days,
    followers - followers_then as growth,
    if(followers_then > 0, (followers - followers_then) / followers_then * 100, null) as growth_pct,
    if(
        followers_then > 0 and followers > 0,
        (exp(log(followers / followers_then) / (observed_on - compared_on)) - 1) * 100,
        null
    ) as daily_growth_pct,
    toBool(ifNull(observed_on - compared_on <= window_days * 1.5, false)) as is_comparable
from compared
