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

-- Channels and videos are asked for the same kind of figures.
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
    told.platform = 'YOUTUBE'
    and told.subject_id != ''
    and told.metric != ''
    {% if is_incremental() %}
        and {{ has_new_rows('told', ['platform', 'subject_id', 'metric', 'period', 'breakdown', 'breakdown_value', 'end_time'], source('beat', 'profile_insight')) }}
    {% endif %}
union all
select
    platform,
    toLowCardinality('post') as subject_kind,
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
from {{ source('beat', 'post_insight') }} as told {{ final() }}
where
    told.platform = 'YOUTUBE'
    and told.subject_id != ''
    and told.metric != ''
    {% if is_incremental() %}
        and {{ has_new_rows('told', ['platform', 'subject_id', 'metric', 'period', 'breakdown', 'breakdown_value', 'end_time'], source('beat', 'post_insight')) }}
    {% endif %}
