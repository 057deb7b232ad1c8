{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'horizon_days'],
        tags=['daily'],
    )
}}

-- Random walk with drift on ln(followers), Hyndman and Athanasopoulos, Forecasting: Principles and Practice (3rd ed.), 5.2 and 5.5,
-- for steps of unequal length: over a step of d days the logarithm moves by drift × d, with the variance sigma² × d.
-- Unlike a fitted line it starts where the account stands, and its interval widens with the horizon.
with known as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        t.date as date,
        assumeNotNull(t.followers) as followers,
        max(t.date) over (partition by t.platform, t.profile_id) as newest_on
    from {{ ref('mart_time_series') }} as t
    where t.followers > 0
),

step as (
    select
        platform,
        profile_id,
        date,
        followers,
        newest_on,
        date - any(toNullable(date)) over one_before as days,
        log(followers / any(toNullable(followers)) over one_before) as log_change
    from known
    where date > newest_on - 90
    window one_before as (partition by platform, profile_id order by date rows between 1 preceding and 1 preceding)
),

account as (
    select
        platform,
        profile_id,
        any(newest_on) as observed_on,
        argMax(followers, date) as followers,
        count(days) as steps,
        coalesce(sum(days), 0) as days_spanned,
        sum(log_change) / sum(days) as drift,
        -- Σ (change − drift × days)² / days, multiplied out.
        greatest(sum(log_change * log_change / days) - sum(log_change) * sum(log_change) / sum(days), 0) as squares
    from step
    group by
        platform,
        profile_id
),

trend as (
    select
        *,
        arrayJoin([7, 14, 30]) as horizon,
        steps >= 8 and days_spanned >= 14 as is_founded,
        if(is_founded, drift, null) as log_drift,
        if(is_founded, sqrt(squares / (steps - 1)), null) as sigma,
        {{ student_t_975('steps - 1') }} * sigma * sqrt(horizon + horizon * horizon / days_spanned) as half_width
    from account
)

select
    platform,
    profile_id,
    toUInt16(horizon) as horizon_days,
    observed_on,
    observed_on + horizon as forecast_on,
    followers,
    steps,
    toInt64(days_spanned) as days_spanned,
    (exp(log_drift) - 1) * 100 as daily_growth_pct,
    followers * exp(log_drift * horizon) as followers_forecast,
    followers * exp(log_drift * horizon - half_width) as followers_low,
    followers * exp(log_drift * horizon + half_width) as followers_high,
    if(is_founded, 'forecast', 'too_few_points') as status
from trend
