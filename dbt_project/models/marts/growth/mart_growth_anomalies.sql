{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'date'],
        tags=['daily'],
    )
}}

-- One year before each account's newest day: what was usual long ago says little about now.
with known as (
    select
        t.platform as platform,
        t.profile_id as profile_id,
        t.date as date,
        assumeNotNull(t.followers) as followers,
        t.media_count as media_count,
        max(t.date) over (partition by t.platform, t.profile_id) as newest_on
    from {{ ref('mart_time_series') }} as t
    where t.followers > 0
),

observed as (
    select
        platform,
        profile_id,
        date,
        followers,
        media_count,
        any(toNullable(date)) over one_before as previous_on,
        any(toNullable(followers)) over one_before as previous_followers,
        any(toNullable(followers)) over two_before as followers_before_previous,
        any(toNullable(followers)) over one_after as next_followers,
        any(toNullable(ifNull(media_count, -1))) over one_before as previous_media_count
    from known
    where date > newest_on - 365
    window
        one_before as (partition by platform, profile_id order by date rows between 1 preceding and 1 preceding),
        two_before as (partition by platform, profile_id order by date rows between 2 preceding and 2 preceding),
        one_after as (partition by platform, profile_id order by date rows between 1 following and 1 following)
),

-- Logarithms: +10 % and back are equally far; per day, because days without an observation lie between.
change as (
    select
        *,
        log(followers / previous_followers) / (date - previous_on) as daily_log_change
    from observed
    where previous_followers is not null
),

middle as (
    select
        platform,
        profile_id,
        count() as changes,
        quantileExactInclusive(0.5)(daily_log_change) as median_change
    from change
    group by
        platform,
        profile_id
    having changes >= 8
),

spread as (
    select
        c.platform as platform,
        c.profile_id as profile_id,
        any(m.changes) as changes,
        any(m.median_change) as median_change,
        quantileExactInclusive(0.5)(abs(c.daily_log_change - m.median_change)) as median_deviation,
        avg(abs(c.daily_log_change - m.median_change)) as mean_deviation
    from change as c
    inner join middle as m
        on c.platform = m.platform and c.profile_id = m.profile_id
    group by
        c.platform,
        c.profile_id
),

-- The modified z-score of Iglewicz and Hoaglin (1993), and its fallback on the mean deviation where more than half of
-- the changes are the same, as with counts that the platform rounds.
scored as (
    select
        c.*,
        s.changes as changes,
        s.median_change as median_change,
        multiIf(
            s.median_deviation > 0, (c.daily_log_change - s.median_change) / s.median_deviation * 0.6745,
            s.mean_deviation > 0, (c.daily_log_change - s.median_change) / (s.mean_deviation * 1.253314),
            null
        ) as robust_z
    from change as c
    inner join spread as s
        on c.platform = s.platform and c.profile_id = s.profile_id
),

unusual as (
    select
        *,
        followers > previous_followers as is_rise
    from scored
    where
        abs(robust_z) >= 3.5
        and (robust_z > 0) = (followers > previous_followers)
        and abs(followers - previous_followers) >= 100
        and abs(followers - previous_followers) >= previous_followers * 0.02
),

after_a_rise as (
    select
        *,
        anyLast(if(is_rise, toNullable(date), null)) over (
            partition by platform, profile_id order by date rows between unbounded preceding and 1 preceding
        ) as last_rise_on
    from unusual
)

select
    platform,
    profile_id,
    date,
    followers,
    assumeNotNull(previous_followers) as previous_followers,
    assumeNotNull(previous_on) as previous_on,
    assumeNotNull(followers - previous_followers) as change,
    assumeNotNull((followers - previous_followers) / previous_followers * 100) as change_pct,
    assumeNotNull((exp(median_change) - 1) * 100) as usual_daily_pct,
    assumeNotNull(robust_z) as robust_z,
    changes,
    if(is_rise, 'spike', 'drop') as direction,
    multiIf(
        next_followers is not null
        and abs(log(next_followers / previous_followers)) <= 0.2 * abs(log(followers / previous_followers)),
        'misread',
        followers_before_previous is not null
        and abs(log(followers / followers_before_previous))
        <= 0.2 * abs(log(previous_followers / followers_before_previous)),
        'return_from_misread',
        not is_rise and last_rise_on >= date - 30, 'spike_reverted',
        not is_rise, 'purge',
        media_count is null or previous_media_count < 0, 'unexplained_spike',
        media_count > previous_media_count, 'spike_with_new_posts',
        'bought_followers'
    ) as reason
from after_a_rise
