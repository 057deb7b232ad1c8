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
{{ told_insights('profile_insight', 'YOUTUBE', 'profile', final(), is_incremental()) }}
union all
{{ told_insights('post_insight', 'YOUTUBE', 'post', final(), is_incremental()) }}
