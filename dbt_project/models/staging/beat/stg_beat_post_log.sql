{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'post_id', 'observed_at', 'source'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'post_id', 'observed_at', 'source'],
        partition_by='toYear(observed_at)',
        on_schema_change='fail',
        tags=['staging', 'core'],
    )
}}

-- A late row of any age is found by when it was ingested; FINAL is paid only over the keys of such rows.
select
    platform,
    post_id,
    profile_id,
    timestamp as observed_at,
    source,
    likes,
    comments,
    plays,
    shares,
    saves,
    dimensions,
    raw_object,
    _event_id as event_id,
    _ingested_at as ingested_at
from {{ source('beat', 'post_log') }} as log {{ final() }}
where
    {{ plausible_time('log.timestamp', 'log._ingested_at') }}
    and log.post_id != ''
    {% if is_incremental() %}
        and {{ has_new_rows('log', ['platform', 'post_id', 'timestamp', 'source'], source('beat', 'post_log')) }}
    {% endif %}
