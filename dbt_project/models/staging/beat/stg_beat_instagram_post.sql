{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'post_id'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'post_id'],
        on_schema_change='fail',
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
    published_at,
    likes_count as likes,
    comments_count as comments,
    plays_count as plays,
    source,
    least(observed_at, toDateTime64(_ingested_at, 6, 'UTC')) as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'instagram_post') }} as post {{ final() }}
{% if is_incremental() %}
    where (post.platform, post.post_id) in (
        select
            platform,
            post_id
        from {{ source('beat', 'instagram_post') }}
        where {{ newly_ingested('_ingested_at') }}
    )
{% endif %}
