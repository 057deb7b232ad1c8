{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['staging', 'core'],
    )
}}

-- One row per channel, rebuilt whole: FINAL over the current rows costs less than finding what changed.
select
    platform,
    profile_id,
    trimBoth(handle) as handle,
    full_name,
    biography,
    cast(coalesce(nullIf(trimBoth(channel.category), ''), 'Unknown') as String) as category,
    external_url,
    profile_pic_url,
    is_verified,
    cast(nullIf(upper(trimBoth(channel.country)), '') as Nullable(String)) as country,
    joined_at,
    followers_count as followers,
    posts_count as media_count,
    views_count as views,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'youtube_account') }} as channel {{ final() }}
where
    channel.profile_id != ''
    and trimBoth(channel.handle) != ''
