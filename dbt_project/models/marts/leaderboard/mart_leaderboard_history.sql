{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'date', 'followers_rank'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'date', 'followers_rank'],
        partition_by='toYear(date)',
        on_schema_change='fail',
        post_hook="{% if is_incremental() %}{{ delete_rows(places_that_a_day_lost()) }}{% endif %}",
        tags=['daily'],
    )
}}

-- A figure holds from its day until the account's next one, at most 28 days, and not past the platform's newest day.
-- A row that arrives changes the places of its day and of those after it, so the days from the earliest one on are ranked
-- anew, each from all accounts. The key is the place: every place of such a day is overwritten, and those that it has no longer (a
-- figure was told anew as unknown) are deleted behind it.
with
{% if is_incremental() %}
    arrived as (
        select
            t.platform as platform,
            min(t.date) as first_on
        from {{ ref('mart_time_series') }} as t
        where {{ newly_ingested('t.ingested_at') }}
        group by t.platform
    ),

    ranked_until as (
        select
            platform,
            max(date) + 1 as first_on
        from {{ this }}
        group by platform
    ),

    since as (
        select
            platform,
            min(first_on) as first_on
        from (
            select * from arrived
            union all
            select * from ranked_until
        )
        group by platform
    ),
{% endif %}

figure as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        t.date as observed_on,
        assumeNotNull(t.followers) as followers,
        t.ingested_at as ingested_at,
        any(toNullable(t.date)) over next_one as next_on,
        max(t.date) over (partition by t.platform) as newest_on
    from {{ ref('mart_time_series') }} as t
    {% if is_incremental() %}
        inner join since as s on t.platform = s.platform
    {% endif %}
    where
        t.followers is not null
        {% if is_incremental() %}
            and t.date > s.first_on - 28
        {% endif %}
    window next_one as (
        partition by t.platform, t.profile_id order by t.date rows between 1 following and 1 following
    )
),

standing as (
    select
        platform,
        profile_id,
        observed_on,
        followers,
        ingested_at,
        arrayJoin(
            arrayMap(
                offset -> observed_on + offset,
                range(toUInt64(least(ifNull(next_on, observed_on + 28), observed_on + 28, newest_on + 1) - observed_on))
            )
        ) as date
    from figure
),

ranked as (
    select
        s.platform as platform,
        s.date as date,
        s.profile_id as profile_id,
        s.followers as followers,
        s.observed_on as observed_on,
        max(s.ingested_at) over (partition by s.platform, s.date) as ingested_at,
        count() over (partition by s.platform, s.date) as accounts,
        row_number() over (
            partition by s.platform, s.date order by s.followers desc, s.profile_id asc
        ) as followers_rank
    from standing as s
    {% if is_incremental() %}
        inner join since as n on s.platform = n.platform
        where s.date >= n.first_on
    {% endif %}
)

select
    platform,
    date,
    followers_rank,
    profile_id,
    followers,
    observed_on,
    accounts,
    ingested_at
from ranked
where followers_rank <= {{ var('leaderboard_history_places', 1000) }}
