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
{{ told_insights('profile_insight', 'INSTAGRAM', 'profile', final(), is_incremental()) }}
