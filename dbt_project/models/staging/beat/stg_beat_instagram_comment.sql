{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'comment_id'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'comment_id'],
        on_schema_change='fail',
        tags=['staging'],
    )
}}

-- A comment belongs to its id: an edited text and grown counts replace the row.
select
    platform,
    comment_id,
    post_id,
    parent_id,
    author_id,
    author_handle,
    author_name,
    text,
    likes_count as likes,
    replies_count as replies,
    published_at,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'comment') }} as told {{ final() }}
where
    told.comment_id != ''
    {% if is_incremental() %}
        and {{ has_new_rows('told', ['platform', 'comment_id'], source('beat', 'comment')) }}
    {% endif %}
