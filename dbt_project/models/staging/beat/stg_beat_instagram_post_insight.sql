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

-- A story is a post that ends: its insights stand beside those of posts.
{{ told_insights('post_insight', 'INSTAGRAM', 'post', final(), is_incremental()) }}
union all
{{ told_insights('story_insight', 'INSTAGRAM', 'story', final(), is_incremental()) }}
