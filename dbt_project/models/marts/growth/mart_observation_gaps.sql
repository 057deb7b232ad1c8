{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'starts_on'],
        tags=['daily'],
    )
}}

with observed as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        t.date as date,
        t.followers as followers,
        any(toNullable(t.date)) over one_after as next_on,
        any(toNullable(ifNull(t.followers, -1))) over one_after as next_followers
    from {{ ref('mart_time_series') }} as t
    window one_after as (
        partition by t.platform, t.profile_id order by t.date rows between 1 following and 1 following
    )
),

-- Today is no gap yet: it may still be observed.
gap as (
    select
        platform,
        profile_id,
        date + 1 as starts_on,
        coalesce(next_on - 1, toDate({{ current_moment() }}) - 1) as ends_on,
        toBool(next_on is null) as is_open,
        date as observed_before_on,
        next_on as observed_after_on,
        followers as followers_before,
        nullIf(next_followers, -1) as followers_after
    from observed
)

select
    platform,
    profile_id,
    starts_on,
    ends_on,
    is_open,
    toInt64(1 + ends_on - starts_on) as days,
    observed_before_on,
    observed_after_on,
    followers_before,
    followers_after,
    followers_after - followers_before as followers_change
from gap
where
    ends_on >= starts_on
    and ends_on > toDate({{ current_moment() }}) - 366
