{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'source', 'date'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'source', 'date'],
        partition_by='toYear(date)',
        on_schema_change='fail',
        tags=['recent_scl'],
    )
}}

-- A day with a new row is computed from all of its rows.
with ended as (
    select
        platform,
        toDate(scraped_at, 'UTC') as date,
        source as answered_by,
        duration_seconds,
        attempts,
        failures,
        ingested_at
    from {{ ref('stg_beat_scrape_request_log') }}
    {% if is_incremental() %}
        where toDate(scraped_at, 'UTC') in (
            select toDate(scraped_at, 'UTC') as date
            from {{ ref('stg_beat_scrape_request_log') }}
            where {{ newly_ingested('ingested_at') }}
        )
    {% endif %}
),

-- A task that a source answered tells all of its attempts; one that none answered tells the sources that failed it.
tried as (
    select
        platform,
        date,
        attempt.source as source,
        attempt.outcome as outcome,
        ifNull(answered_by != attempt.source, false) as is_fallen_back,
        if(attempt.outcome = 'ok', duration_seconds, null) as duration_seconds,
        ingested_at
    from ended
    array join attempts as attempt
    union all
    select
        platform,
        date,
        failure.source as source,
        'failed' as outcome,
        false as is_fallen_back,
        null as duration_seconds,
        ingested_at
    from ended
    array join failures as failure
    where empty(attempts)
)

select
    platform,
    toLowCardinality(source) as source,
    date,
    count() as tries,
    -- Held back by a limit of ours, without a credential, or not made for it: the source was not asked.
    countIf(outcome not in ('throttled', 'no_credential', 'unsupported')) as asked,
    countIf(outcome = 'ok') as answers,
    countIf(outcome = 'incomplete') as incomplete_answers,
    countIf(outcome in ('not_found', 'private')) as not_there,
    countIf(outcome in ('refused', 'rate_limited')) as refusals,
    countIf(outcome in ('malformed', 'away', 'failed')) as errors,
    answers / nullIf(asked - not_there, 0) as success_share,
    countIf(is_fallen_back) as fallbacks,
    quantileExactInclusive(0.5)(t.duration_seconds) as median_duration_seconds,
    max(t.ingested_at) as ingested_at
from tried as t
where source != ''
group by
    platform,
    source,
    date
