{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'metric', 'period', 'date'],
        tags=['daily'],
    )
}}

-- A table: only connected accounts have insights, and a late figure changes the means of the days after it.
with told as (
    select
        platform,
        subject_id,
        metric,
        period,
        end_time,
        value,
        source,
        observed_at
    from {{ ref('stg_beat_instagram_profile_insight') }}
    where
        subject_kind = 'profile'
        and breakdown = ''
    union all
    select
        platform,
        subject_id,
        metric,
        period,
        end_time,
        value,
        source,
        observed_at
    from {{ ref('stg_beat_youtube_insight') }}
    where
        subject_kind = 'profile'
        and breakdown = ''
),

-- A day may be told under two end times (the platform counts days in its own zone): the later one counts.
day as (
    select
        t.platform as platform,
        t.subject_id as profile_id,
        t.metric as metric,
        t.period as period,
        toDate(t.end_time) as date,
        argMax(t.value, (t.end_time, t.observed_at)) as value,
        toLowCardinality(argMax(t.source, (t.end_time, t.observed_at))) as source,
        max(t.observed_at) as observed_at
    from told as t
    group by
        t.platform,
        t.subject_id,
        t.metric,
        t.period,
        date
)

select
    platform,
    profile_id,
    metric,
    period,
    date,
    value,
    any(toNullable(value)) over one_before as previous_value,
    any(toNullable(date)) over one_before as previous_on,
    value - any(toNullable(value)) over one_before as change,
    avg(value) over last_week as mean_7_days,
    count() over last_week as days_in_mean,
    source,
    observed_at
from day
window
    one_before as (
        partition by platform, profile_id, metric, period order by date rows between 1 preceding and 1 preceding
    ),
    last_week as (
        partition by platform, profile_id, metric, period order by date range between 6 preceding and current row
    )
