{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'flow', 'scraped_at', 'task_id'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'flow', 'scraped_at', 'task_id'],
        partition_by='toYYYYMM(scraped_at)',
        on_schema_change='fail',
        tags=['staging', 'recent_scl'],
    )
}}

-- The log of ended tasks: one that a person sent round again ends again, at another time.
select
    platform,
    flow,
    task_id,
    status,
    log.source as source,
    priority,
    retry_count,
    account_id,
    created_at,
    picked_at,
    scraped_at,
    wait_seconds,
    duration_seconds,
    error_class,
    error_reason,
    JSONExtract(
        ifNull(log.attempts, ''), 'Array(Tuple(source String, outcome String, error Nullable(String)))'
    ) as attempts,
    cast(
        JSONExtractKeysAndValues(ifNull(log.failures, ''), 'String'), 'Array(Tuple(source String, reason String))'
    ) as failures,
    records_count,
    _event_id as event_id,
    _ingested_at as ingested_at
from {{ source('beat', 'task_log') }} as log {{ final() }}
where
    {{ plausible_time('log.scraped_at', 'log._ingested_at') }}
    and log.flow != ''
    {% if is_incremental() %}
        and {{ has_new_rows('log', ['platform', 'flow', 'scraped_at', 'task_id'], source('beat', 'task_log')) }}
    {% endif %}
