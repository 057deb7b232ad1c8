{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'profile_id', 'kind'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'kind'],
        on_schema_change='fail',
        tags=['staging', 'core'],
    )
}}

-- Raw keeps an answer of each model and version of a prompt. Here the newest counts, and one of the sandbox only where no real
-- model has answered. An answer from the future does not stay the newest for ever: it is as old as its arrival.
with answer as (
    select
        *,
        row_number() over (
            partition by platform, profile_id, kind
            order by
                is_sandbox asc,
                {{ not_after_ingestion('observed_at', '_ingested_at') }} desc,
                _event_id desc
        ) as place,
        max(_ingested_at) over (partition by platform, profile_id, kind) as latest_ingested_at
    from {{ source('beat', 'enrichment') }} as told {{ final() }}
    where
        told.profile_id != ''
        and told.kind != ''
        {% if is_incremental() %}
            and {{ has_new_rows('told', ['platform', 'profile_id', 'kind'], source('beat', 'enrichment')) }}
        {% endif %}
)

select
    platform,
    profile_id,
    kind,
    model,
    prompt_version,
    handle,
    result,
    nullIf(trimBoth(answer.gender), '') as gender,
    nullIf(upper(trimBoth(answer.country)), '') as country,
    nullIf(trimBoth(answer.city), '') as city,
    nullIf(trimBoth(answer.category), '') as category,
    nullIf(trimBoth(answer.language), '') as language,
    {{ texts_of('answer.topics') }} as topics,
    confidence,
    reasoning,
    input_hash,
    input_tokens,
    output_tokens,
    latency_seconds,
    is_sandbox,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    latest_ingested_at as ingested_at
from answer
where place = 1
