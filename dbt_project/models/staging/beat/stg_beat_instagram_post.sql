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

-- FINAL is paid only over posts that were ingested since the last run; the whole table only by a full refresh.
select
    platform,
    post_id,
    profile_id,
    handle,
    shortcode,
    post_type,
    caption,
    permalink,
    media_url,
    thumbnail_url,
    duration_seconds,
    location_id,
    is_paid_partnership,
    published_at,
    likes_count as likes,
    comments_count as comments,
    plays_count as plays,
    shares_count as shares,
    saves_count as saves,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'instagram_post') }} as post {{ final() }}
where
    post.post_id != ''
    and post.profile_id != ''
    {% if is_incremental() %}
        and {{ has_new_rows('post', ['platform', 'post_id'], source('beat', 'instagram_post')) }}
    {% endif %}
