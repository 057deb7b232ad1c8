{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'post_id'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'post_id'],
        partition_by="toYear(ifNull(published_at, toDateTime64(0, 6, 'UTC')))",
        indexes=[{'name': 'by_publication', 'definition': 'published_at type minmax granularity 1'}],
        on_schema_change='fail',
        tags=['core', 'hourly'],
    )
}}

with account as (
    select
        platform,
        profile_id,
        handle,
        followers
    from {{ ref('stg_beat_youtube_account') }}
),

post as (
    select
        *,
        concatWithSeparator('\n', ifNull(title, ''), ifNull(caption, '')) as words
    from {{ ref('stg_beat_youtube_post') }}
    {% if is_incremental() %}
        where (platform, post_id) in ({{ posts_to_compute(ref('stg_beat_youtube_post'), 'account') }})
    {% endif %}
)

-- Columns are qualified where an alias has the same name: ClickHouse would take the alias.
select
    p.platform as platform,
    p.post_id as post_id,
    p.profile_id as profile_id,
    coalesce(a.handle, p.handle) as handle,
    toNullable(p.post_id) as shortcode,
    p.post_type as post_type,
    p.title as title,
    p.caption as caption,
    p.permalink as permalink,
    p.thumbnail_url as thumbnail_url,
    p.category as category,
    p.language as language,
    p.published_at as published_at,
    p.likes as likes,
    p.comments as comments,
    p.plays as plays,
    -- The platform tells neither, nor whether a video is paid for.
    cast(null as Nullable(Int64)) as shares,
    cast(null as Nullable(Int64)) as saves,
    p.duration_seconds as duration_seconds,
    cast(null as Nullable(Bool)) as is_paid_partnership,
    {{ caption_hashtags('p.words') }} as hashtags,
    {{ caption_mentions('p.words', letters='\\\\p{L}\\\\p{M}\\\\p{N}_', inside='.·-') }} as mentions,
    a.followers as followers,
    {{ engagement_rate('p.likes', 'p.comments', 'a.followers') }} as engagement_rate,
    {{ reels_reach('p.plays', 'a.followers') }} as reach,
    p.source as source,
    p.observed_at as observed_at,
    p.ingested_at as ingested_at
from post as p
left join account as a
    on p.platform = a.platform and p.profile_id = a.profile_id
