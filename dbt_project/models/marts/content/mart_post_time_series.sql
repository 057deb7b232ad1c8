{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'post_id', 'age_hours'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'post_id', 'age_hours'],
        on_schema_change='fail',
        tags=['hourly'],
        pre_hook="{% if is_incremental() %}{{ delete_rows(posts_published_at_another_time()) }}{% endif %}",
    )
}}

-- Step 1 to 10 is an age of this list, 11 is beyond it.
{% set ages = [1, 3, 6, 12, 24, 48, 72, 168, 336, 720] %}

with post as (
    select
        p.platform as platform,
        p.post_id as post_id,
        p.profile_id as profile_id,
        assumeNotNull(p.published_at) as published_at
    from {{ posts() }} as p
    where
        p.published_at is not null
        {% if is_incremental() %}
            and (p.platform, p.post_id) in (
                select
                    platform,
                    post_id
                from {{ ref('stg_beat_post_log') }}
                where {{ newly_ingested('ingested_at') }}
                union distinct
                select
                    platform,
                    post_id
                from {{ posts() }}
                where {{ newly_ingested('ingested_at') }}
            )
        {% endif %}
),

-- A clock that is a little behind the platform's does not lose the first observation.
observation as (
    select
        p.platform as platform,
        p.post_id as post_id,
        p.profile_id as profile_id,
        p.published_at as published_at,
        l.likes as likes,
        l.comments as comments,
        l.plays as plays,
        l.shares as shares,
        l.saves as saves,
        l.observed_at as observed_at,
        l.event_id as event_id,
        l.ingested_at as ingested_at,
        greatest(0, toUnixTimestamp64Micro(l.observed_at) - toUnixTimestamp64Micro(p.published_at)) / 3600e6 as hours,
        arrayFirstIndex(age -> age >= hours, {{ ages }}) as found,
        if(found = 0, {{ ages | length + 1 }}, found) as step
    from {{ ref('stg_beat_post_log') }} as l
    inner join post as p
        on l.platform = p.platform and l.post_id = p.post_id
),

by_step as (
    select
        platform,
        post_id,
        step,
        {% for count in ['likes', 'comments', 'plays', 'shares', 'saves'] %}
            argMaxIf({{ count }}, (observed_at, event_id), {{ count }} is not null) as {{ count }}_told,
        {% endfor %}
        count() as observed,
        max(toNullable(observed_at)) as told_at
    from observation
    group by
        platform,
        post_id,
        step
),

-- From the first age at which the post was seen to that of its newest observation, without gaps.
span as (
    select
        platform,
        post_id,
        any(profile_id) as profile_id,
        any(published_at) as published_at,
        min(step) as first_step,
        max(step) as last_step,
        max(ingested_at) as latest_ingested_at
    from observation
    group by
        platform,
        post_id
),

age as (
    select
        *,
        toUInt8(arrayJoin(range(first_step, least(last_step, {{ ages | length }}) + 1))) as step
    from span
)

-- What an observation did not tell, the one before it did.
select
    a.platform as platform,
    a.post_id as post_id,
    {{ ages }}[a.step] as age_hours,
    a.profile_id as profile_id,
    a.published_at as published_at,
    {% for count in ['likes', 'comments', 'plays', 'shares', 'saves'] %}
        last_value(s.{{ count }}_told) over until_then as {{ count }},
    {% endfor %}
    toUInt64(sum(ifNull(s.observed, 0)) over until_then) as observations,
    assumeNotNull(last_value(s.told_at) over until_then) as observed_at,
    toBool(a.last_step > a.step) as is_final,
    a.latest_ingested_at as ingested_at
from age as a
left join by_step as s
    on a.platform = s.platform and a.post_id = s.post_id and a.step = s.step
window
    until_then as (
        partition by a.platform, a.post_id
        order by a.step asc
        rows between unbounded preceding and current row
    )
