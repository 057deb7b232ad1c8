{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'story_id'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'story_id'],
        on_schema_change='fail',
        tags=['staging'],
    )
}}

-- A story lives a day, its row for good.
select
    platform,
    story_id,
    profile_id,
    handle,
    media_type,
    caption,
    media_url,
    permalink,
    link_url,
    duration_seconds,
    {{ texts_of('mentions', lower=true) }} as mentions,
    {{ texts_of('hashtags', lower=true) }} as hashtags,
    published_at,
    expires_at,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'story') }} as story {{ final() }}
where
    story.story_id != ''
    and story.profile_id != ''
    {% if is_incremental() %}
        and {{ has_new_rows('story', ['platform', 'story_id'], source('beat', 'story')) }}
    {% endif %}
