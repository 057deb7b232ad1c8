{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'profile_id', 'date'],
        engine=replicated('ReplacingMergeTree(updated_at)'),
        order_by=['platform', 'profile_id', 'date'],
        partition_by='toYear(date)',
        on_schema_change='fail',
        tags=['core', 'hourly'],
    )
}}

-- The watermark is the ingestion time: history that arrives today but was observed years ago is new. A day with a
-- new row is computed from all of its rows, so that the order of arrival cannot change the result.
with observation as (
    select
        platform,
        profile_id,
        toDate(observed_at) as observed_on,
        followers,
        following,
        media_count,
        views,
        observed_at,
        event_id,
        ingested_at
    from {{ ref('stg_beat_profile_log') }}
    {% if is_incremental() %}
        where (platform, profile_id, toDate(observed_at)) in (
            select
                platform,
                profile_id,
                toDate(observed_at) as observed_on
            from {{ ref('stg_beat_profile_log') }}
            where {{ newly_ingested('ingested_at') }}
        )
    {% endif %}
)

-- Two observations of one moment are told apart by their event. A source that does not tell a figure does not erase
-- what another one told that day.
select
    o.platform as platform,
    o.profile_id as profile_id,
    o.observed_on as date,
    argMaxIf(o.followers, (o.observed_at, o.event_id), o.followers is not null) as followers,
    argMaxIf(o.following, (o.observed_at, o.event_id), o.following is not null) as following,
    argMaxIf(o.media_count, (o.observed_at, o.event_id), o.media_count is not null) as media_count,
    argMaxIf(o.views, (o.observed_at, o.event_id), o.views is not null) as views,
    count() as observations,
    max(o.observed_at) as updated_at,
    max(o.ingested_at) as ingested_at
from observation as o
group by
    o.platform,
    o.profile_id,
    o.observed_on
