{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'post_id'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'post_id'],
        on_schema_change='fail',
        tags=['staging', 'core'],
    )
}}

-- FINAL is paid only over videos that were ingested since the last run; the whole table only by a full refresh.
select
    platform,
    post_id,
    profile_id,
    handle,
    post_type,
    title,
    caption,
    category,
    language,
    permalink,
    thumbnail_url,
    duration_seconds,
    published_at,
    likes_count as likes,
    comments_count as comments,
    plays_count as plays,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'youtube_post') }} as post {{ final() }}
where
    post.post_id != ''
    and post.profile_id != ''
    {% if is_incremental() %}
        and {{ has_new_rows('post', ['platform', 'post_id'], source('beat', 'youtube_post')) }}
    {% endif %}
