{% macro series_by_period(unit, first_day, last_day) -%}
    {#- The daily series of an account in weeks or months. Each period holds what its own days tell and what they are compared with:
        the latest figure before it. So a new row concerns its own period, all later ones, and the one before, whose days
        without an observation are known to the end only now; these are computed anew, from all days of the account. -#}
    with
    {% if is_incremental() %}
        touched as (
            select
                platform,
                profile_id,
                min({{ first_day('date') }}) as touched_from
            from {{ ref('mart_time_series') }}
            where {{ newly_ingested('ingested_at') }}
            group by
                platform,
                profile_id
        ),
    {% endif %}

    period as (
        select
            s.platform as platform,
            s.profile_id as profile_id,
            {{ first_day('s.date') }} as starts_on,
            argMinIf(s.followers, s.date, s.followers is not null) as followers_first,
            argMaxIf(s.followers, s.date, s.followers is not null) as followers_last,
            minIf(toNullable(s.date), s.followers is not null) as followers_first_on,
            maxIf(toNullable(s.date), s.followers is not null) as followers_last_on,
            min(s.followers) as followers_min,
            max(s.followers) as followers_max,
            argMaxIf(s.following, s.date, s.following is not null) as following_last,
            argMaxIf(s.media_count, s.date, s.media_count is not null) as media_count_last,
            argMaxIf(s.views, s.date, s.views is not null) as views_last,
            groupUniqArray(s.date) as days_seen,
            min(s.date) as first_observed_on,
            max(s.date) as last_observed_on,
            max(s.updated_at) as updated_at,
            max(s.ingested_at) as ingested_at
        from {{ ref('mart_time_series') }} as s
        {% if is_incremental() %}
            where (s.platform, s.profile_id) in (select t.platform, t.profile_id from touched as t)
        {% endif %}
        group by
            s.platform,
            s.profile_id,
            starts_on
    ),

    -- anyLast passes over null: the latest figure before the period that is known.
    compared as (
        select
            *,
            {{ last_day('starts_on') }} as ends_on,
            anyLast(followers_last) over earlier as followers_before,
            anyLast(media_count_last) over earlier as media_count_before,
            anyLast(views_last) over earlier as views_before,
            anyLast(toNullable(starts_on)) over earlier as previous_starts_on,
            any(toNullable(starts_on)) over later as next_starts_on,
            min(first_observed_on) over account as account_first_on,
            max(last_observed_on) over account as account_last_on
        from period
        window
            account as (partition by platform, profile_id),
            earlier as (
                partition by platform, profile_id order by starts_on rows between unbounded preceding and 1 preceding
            ),
            later as (
                partition by platform, profile_id order by starts_on rows between 1 following and 1 following
            )
    )

    select
        c.platform as platform,
        c.profile_id as profile_id,
        c.starts_on as starts_on,
        c.ends_on as ends_on,
        c.followers_first as followers_first,
        c.followers_first_on as followers_first_on,
        c.followers_last as followers_last,
        c.followers_last_on as followers_last_on,
        c.followers_min as followers_min,
        c.followers_max as followers_max,
        c.followers_before as followers_before,
        c.followers_last - c.followers_before as growth,
        if(c.followers_before > 0, (c.followers_last - c.followers_before) / c.followers_before * 100, null) as growth_pct,
        c.following_last as following_last,
        c.media_count_last as media_count_last,
        c.media_count_last - c.media_count_before as media_count_growth,
        c.views_last as views_last,
        c.views_last - c.views_before as views_growth,
        length(c.days_seen) as days_observed,
        arrayFilter(
            day -> not has(c.days_seen, day),
            arrayMap(
                offset -> greatest(c.starts_on, c.account_first_on) + offset,
                range(
                    toUInt64(
                        1 + least(c.ends_on, c.account_last_on) - greatest(c.starts_on, c.account_first_on)
                    )
                )
            )
        ) as missing_days,
        length(missing_days) as days_missing,
        toUInt64(
            ifNull(dateDiff('{{ unit }}', c.previous_starts_on, c.starts_on) - 1, 0)
        ) as periods_missing_before,
        c.updated_at as updated_at,
        c.ingested_at as ingested_at
    from compared as c
    {% if is_incremental() %}
        inner join touched as t
            on c.platform = t.platform and c.profile_id = t.profile_id
        where coalesce(c.next_starts_on, c.starts_on) >= t.touched_from
    {% endif %}
{%- endmacro %}

{% macro first_day_of_week(date) -%}
    toMonday({{ date }})
{%- endmacro %}

{% macro last_day_of_week(date) -%}
    toMonday({{ date }}) + 6
{%- endmacro %}

{% macro first_day_of_month(date) -%}
    toStartOfMonth({{ date }})
{%- endmacro %}

{% macro last_day_of_month(date) -%}
    toLastDayOfMonth({{ date }})
{%- endmacro %}

{% macro student_t_975(degrees) -%}
    {#- Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.5, with z = 1.959964; within 0.0001 from 7 degrees on. -#}
    (
        1.959964
        + 2.372271 / ({{ degrees }})
        + 2.822499 / pow({{ degrees }}, 2)
        + 2.555850 / pow({{ degrees }}, 3)
        + 1.589534 / pow({{ degrees }}, 4)
    )
{%- endmacro %}
