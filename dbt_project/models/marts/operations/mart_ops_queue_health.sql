{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'flow', 'window_minutes', 'window_start'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'flow', 'window_minutes', 'window_start'],
        partition_by='toYYYYMM(window_start)',
        on_schema_change='fail',
        tags=['recent_scl'],
    )
}}

-- An hour with a new row is computed from all of its rows, its windows of five minutes with it.
with ended as (
    select
        *,
        arrayJoin([toUInt8(5), toUInt8(60)]) as window_minutes,
        toDateTime(
            intDiv(toUnixTimestamp(scraped_at), window_minutes * 60) * window_minutes * 60, 'UTC'
        ) as window_start
    from {{ ref('stg_beat_scrape_request_log') }}
    {% if is_incremental() %}
        where (platform, flow, toStartOfHour(scraped_at, 'UTC')) in (
            select
                platform,
                flow,
                toStartOfHour(scraped_at, 'UTC') as hour
            from {{ ref('stg_beat_scrape_request_log') }}
            where {{ newly_ingested('ingested_at') }}
        )
    {% endif %}
)

select
    platform,
    flow,
    window_minutes,
    window_start,
    count() as ended,
    countIf(status = 'COMPLETE') as completed,
    countIf(status = 'FAILED') as failed,
    countIf(status = 'TIMEOUT') as timed_out,
    countIf(error_class = 'Expired') as expired,
    (failed + timed_out) / ended as failed_share,
    toInt64(sum(retry_count)) as retries,
    countIf(retry_count > 0) as retried,
    toInt64(sum(records_count)) as records,
    quantileExactInclusive(0.5)(wait_seconds) as wait_seconds_p50,
    quantileExactInclusive(0.95)(wait_seconds) as wait_seconds_p95,
    quantileExactInclusive(0.5)(duration_seconds) as duration_seconds_p50,
    quantileExactInclusive(0.95)(duration_seconds) as duration_seconds_p95,
    max(l.ingested_at) as ingested_at
from ended as l
group by
    platform,
    flow,
    window_minutes,
    window_start
