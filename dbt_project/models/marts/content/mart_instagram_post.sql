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
    from {{ ref('stg_beat_instagram_account') }}
),

post as (
    select *
    from {{ ref('stg_beat_instagram_post') }}
    {% if is_incremental() %}
        where (platform, post_id) in ({{ posts_to_compute(ref('stg_beat_instagram_post'), 'account') }})
    {% endif %}
)

-- Columns are qualified where an alias has the same name: ClickHouse would take the alias.
select
    p.platform as platform,
    p.post_id as post_id,
    p.profile_id as profile_id,
    coalesce(a.handle, p.handle) as handle,
    p.shortcode as shortcode,
    p.post_type as post_type,
    cast(null as Nullable(String)) as title,
    p.caption as caption,
    p.permalink as permalink,
    p.media_url as media_url,
    p.thumbnail_url as thumbnail_url,
    p.location_id as location_id,
    p.published_at as published_at,
    p.likes as likes,
    p.comments as comments,
    p.plays as plays,
    p.shares as shares,
    p.saves as saves,
    p.duration_seconds as duration_seconds,
    p.is_paid_partnership as is_paid_partnership,
    {{ caption_hashtags('p.caption') }} as hashtags,
    {{ caption_mentions('p.caption') }} as mentions,
    a.followers as followers,
    {{ engagement_rate('p.likes', 'p.comments', 'a.followers') }} as engagement_rate,
    -- A reel is measured by its plays, a picture by its likes. A post of unknown type: by the plays, if it has any.
    if(
        p.post_type in ('reel', 'video') or (p.post_type is null and p.plays is not null),
        {{ reels_reach('p.plays', 'a.followers') }},
        {{ post_reach('p.likes') }}
    ) as reach,
    p.source as source,
    p.observed_at as observed_at,
    p.ingested_at as ingested_at
from post as p
left join account as a
    on p.platform = a.platform and p.profile_id = a.profile_id
