{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'attribute', 'observed_at'],
        tags=['daily'],
    )
}}

-- A source that tells nothing of an attribute has not seen it change. Blank text is an answer: a deleted biography.
with told as (
    select
        l.platform as platform,
        l.profile_id as profile_id,
        l.source as source,
        l.observed_at as observed_at,
        l.event_id as event_id,
        attribute,
        value
    from (
        select
            platform,
            profile_id,
            source,
            observed_at,
            event_id,
            arrayJoin([
                ('handle', JSONExtract(dimensions, 'handle', 'Nullable(String)')),
                ('full_name', JSONExtract(dimensions, 'full_name', 'Nullable(String)')),
                ('biography', JSONExtract(dimensions, 'biography', 'Nullable(String)')),
                ('category', JSONExtract(dimensions, 'category', 'Nullable(String)')),
                ('is_verified', toString(JSONExtract(dimensions, 'is_verified', 'Nullable(Bool)')))
            ]) as pair,
            pair.1 as attribute,
            trimBoth(pair.2) as value
        from {{ ref('stg_beat_profile_log') }}
    ) as l
    where value is not null
),

-- Within one source: two that word an attribute differently would change it with every observation.
compared as (
    select
        *,
        any(value) over one_before as old_value,
        any(toNullable(observed_at)) over one_before as last_seen_at
    from told
    window one_before as (
        partition by platform, profile_id, attribute, source
        order by observed_at, event_id
        rows between 1 preceding and 1 preceding
    )
),

-- What one source was the first to see, the others see later: that is the same change.
change as (
    select
        *,
        any(toNullable(value)) over change_before as value_of_last_change,
        any(toNullable(source)) over change_before as source_of_last_change
    from compared
    where
        old_value is not null
        and value != old_value
    window change_before as (
        partition by platform, profile_id, attribute
        order by observed_at, event_id
        rows between 1 preceding and 1 preceding
    )
)

select
    platform,
    profile_id,
    attribute,
    observed_at,
    source,
    assumeNotNull(old_value) as old_value,
    assumeNotNull(value) as new_value,
    assumeNotNull(last_seen_at) as last_seen_at
from change
where not ifNull(value = value_of_last_change and source != source_of_last_change, false)
order by event_id
limit 1 by platform, profile_id, attribute, observed_at
