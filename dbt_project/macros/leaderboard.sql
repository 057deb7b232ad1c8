{% macro board_dimensions() -%}
    {{ return(['category', 'language', 'country', 'size_band']) }}
{%- endmacro %}

{% macro board_by_period(unit, series, first_day, last_day, kept, carried) -%}
    {#- Ranks at the end of each of the last `kept` periods that have ended. An account that was not observed in a period stands where
        its figure of up to `carried` periods before puts it: a collector that was late must not move everybody else. -#}
    {%- set add = 'add' ~ unit ~ 's' -%}
    {%- set running_from = first_day('toDate(' ~ current_moment() ~ ')') -%}
    {%- set place = {'platform': 'followers_rank'} -%}
    {%- for dimension in board_dimensions() -%}
        {%- do place.update({dimension: 'followers_rank_by_' ~ dimension}) -%}
    {%- endfor -%}
    with
    figure as (
        select
            s.platform as platform,
            s.profile_id as profile_id,
            arrayJoin(arrayMap(later -> {{ add }}(s.starts_on, later), range({{ carried + 1 }}))) as starts_on,
            argMax(s.followers_last, s.starts_on) as followers,
            max(s.followers_last_on) as observed_on
        from {{ ref(series) }} as s
        where
            s.followers_last is not null
            and s.starts_on >= {{ add }}({{ running_from }}, -{{ kept + carried + 1 }})
        group by
            s.platform,
            s.profile_id,
            starts_on
    ),

    -- One period more than is shown: the first one shown is compared with it.
    standing as (
        select
            f.platform as platform,
            f.profile_id as profile_id,
            f.starts_on as starts_on,
            a.handle as handle,
            a.category as category,
            a.language as language,
            a.country as country,
            assumeNotNull(f.followers) as followers,
            assumeNotNull(f.observed_on) as observed_on,
            {{ size_band('assumeNotNull(f.followers)') }} as size_band
        from figure as f
        inner join {{ accounts() }} as a
            on f.platform = a.platform and f.profile_id = a.profile_id
        where
            f.starts_on < {{ running_from }}
            and f.starts_on >= {{ add }}({{ running_from }}, -{{ kept + 1 }})
    ),

    ranked as (
        select
            *,
            {% for dimension, name in place.items() %}
                {{ rank_within('followers', ['starts_on'] + ([] if dimension == 'platform' else [dimension]), known=true) }} as {{ name }}
                {{- ',' if not loop.last }}
            {% endfor %}
        from standing
    ),

    compared as (
        select
            *,
            any(toNullable(followers)) over one_before as earlier_followers,
            any(toNullable(size_band)) over one_before as earlier_size_band,
            {% for name in place.values() %}
                any(toNullable({{ name }})) over one_before as earlier_{{ name }},
            {% endfor %}
            any(toNullable(starts_on)) over one_before as earlier_starts_on,
            ifNull({{ add }}(earlier_starts_on, 1) = starts_on, false) as was_on_the_board
        from ranked
        window one_before as (
            partition by platform, profile_id order by starts_on rows between 1 preceding and 1 preceding
        )
    )

    select
        c.platform as platform,
        c.profile_id as profile_id,
        c.starts_on as starts_on,
        {{ last_day('c.starts_on') }} as ends_on,
        c.handle as handle,
        c.category as category,
        c.language as language,
        c.country as country,
        c.size_band as size_band,
        c.followers as followers,
        c.observed_on as observed_on,
        if(c.was_on_the_board, c.earlier_followers, null) as previous_followers,
        c.followers_rank as followers_rank,
        if(c.was_on_the_board, c.earlier_followers_rank, null) as previous_followers_rank,
        if(c.was_on_the_board, toInt64(c.earlier_followers_rank) - toInt64(c.followers_rank), null) as rank_change,
        {% for dimension in board_dimensions() %}
            c.{{ place[dimension] }} as {{ place[dimension] }},
            if(
                c.was_on_the_board{{ ' and c.earlier_size_band = c.size_band' if dimension == 'size_band' }},
                toInt64(c.earlier_{{ place[dimension] }}) - toInt64(c.{{ place[dimension] }}),
                null
            ) as rank_change_by_{{ dimension }},
        {% endfor %}
        {{ current_moment() }} as updated_at
    from compared as c
    where c.starts_on >= {{ add }}({{ running_from }}, -{{ kept }})
{%- endmacro %}

{% macro leaders_by(dimension) -%}
    {#- Who leads a part of a platform, and how far the followers of the part are in few hands. -#}
    {%- set place = 'followers_rank_by_' ~ dimension -%}
    with standing as (
        select
            l.platform as platform,
            l.{{ dimension }} as {{ dimension }},
            l.profile_id as profile_id,
            l.handle as handle,
            l.followers as followers,
            l.engagement_rate as engagement_rate,
            l.{{ place }} as place,
            l.previous_followers as previous_followers,
            {{ rank_within('previous_followers', [dimension]) }} as previous_place
        from {{ ref('mart_leaderboard') }} as l
    ),

    part as (
        select
            s.platform as platform,
            s.{{ dimension }} as {{ dimension }},
            count() as accounts,
            sum(s.followers) as total_followers,
            quantileExactInclusive(0.5)(s.followers) as median_followers,
            if(countIf(s.engagement_rate is not null) = 0, null, quantileExactInclusive(0.5)(s.engagement_rate)) as median_engagement_rate,
            argMin(s.profile_id, s.place) as leader_profile_id,
            argMin(s.handle, s.place) as leader_handle,
            max(s.followers) as leader_followers,
            minIf(toNullable(s.followers), s.place = 10) as followers_for_top_10,
            minIf(toNullable(s.followers), s.place = 100) as followers_for_top_100,
            sumIf(s.followers, s.place <= 10) as top_10_followers,
            countIf(s.previous_place is not null) as accounts_before,
            countIf(s.place <= 10 and s.previous_place > 10) as climbed_into_top_10,
            countIf(s.place <= 10 and s.previous_place is null) as new_in_top_10
        from standing as s
        group by
            s.platform,
            s.{{ dimension }}
    )

    select
        platform,
        {{ dimension }},
        accounts,
        total_followers,
        if(
            sum(total_followers) over whole > 0, total_followers / sum(total_followers) over whole, null
        ) as followers_share,
        median_followers,
        median_engagement_rate,
        leader_profile_id,
        leader_handle,
        leader_followers,
        followers_for_top_10,
        followers_for_top_100,
        if(total_followers > 0, top_10_followers / total_followers, null) as top_10_share,
        accounts_before,
        climbed_into_top_10,
        new_in_top_10,
        {{ current_moment() }} as updated_at
    from part
    window whole as (partition by platform)
{%- endmacro %}

{% macro places_that_a_day_lost() -%}
    {#- A day is written anew from its first place on, each place with the number of accounts: another number is of an earlier run. -#}
    (platform, date, accounts) not in (
        select
            platform,
            date,
            accounts
        from {{ this }}
        where followers_rank = 1
    )
{%- endmacro %}
