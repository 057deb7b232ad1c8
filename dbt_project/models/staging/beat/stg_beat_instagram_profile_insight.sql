{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'subject_kind', 'subject_id', 'metric', 'period', 'breakdown', 'breakdown_value', 'end_time'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'subject_kind', 'subject_id', 'metric', 'period', 'breakdown', 'breakdown_value', 'end_time'],
        on_schema_change='fail',
        tags=['staging'],
    )
}}

-- What connected accounts are told of themselves.
select
    platform,
    toLowCardinality('profile') as subject_kind,
    subject_id,
    metric,
    period,
    breakdown,
    toLowCardinality(breakdown_value) as breakdown_value,
    end_time,
    value,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'profile_insight') }} as told {{ final() }}
where
    told.platform = 'INSTAGRAM'
    and told.subject_id != ''
    and told.metric != ''
    {% if is_incremental() %}
        and {{ has_new_rows('told', ['platform', 'subject_id', 'metric', 'period', 'breakdown', 'breakdown_value', 'end_time'], source('beat', 'profile_insight')) }}
    {% endif %}
