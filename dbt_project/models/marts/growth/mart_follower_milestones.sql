{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'milestone'],
        tags=['daily'],
    )
}}

-- A milestone is first reached by an observation at or above it with all earlier ones below it, so the observation just
-- before bounds the day from the other side.
with observed as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        t.date as date,
        assumeNotNull(t.followers) as followers,
        max(toNullable(assumeNotNull(t.followers))) over earlier as record_before,
        any(toNullable(t.date)) over one_before as previous_on,
        any(toNullable(assumeNotNull(t.followers))) over one_before as previous_followers,
        last_value(assumeNotNull(t.followers)) over whole as newest_followers
    from {{ ref('mart_time_series') }} as t
    where t.followers is not null
    window
        earlier as (
            partition by t.platform, t.profile_id order by t.date rows between unbounded preceding and 1 preceding
        ),
        one_before as (
            partition by t.platform, t.profile_id order by t.date rows between 1 preceding and 1 preceding
        ),
        whole as (
            partition by t.platform, t.profile_id order by t.date
            rows between unbounded preceding and unbounded following
        )
)

select
    platform,
    profile_id,
    toInt64(
        arrayJoin(
            arrayFilter(
                step -> followers >= step and ifNull(record_before < step, true),
                [1000, 10000, 100000, 1000000, 10000000, 100000000, 1000000000]
            )
        )
    ) as milestone,
    previous_on as last_below_on,
    previous_followers as last_below_followers,
    date as reached_by,
    followers as reached_followers,
    toInt64(date - previous_on) as days_uncertain,
    toBool(newest_followers >= milestone) as is_held
from observed
