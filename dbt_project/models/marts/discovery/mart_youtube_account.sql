{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['core', 'hourly'],
    )
}}

with video as (
    select
        p.platform as platform,
        p.profile_id as profile_id,
        p.likes as likes,
        p.comments as comments,
        p.plays as plays,
        p.published_at > {{ current_moment() }} - toIntervalDay(30) as is_recent,
        {{ language_code('p.language') }} as language
    from {{ ref('stg_beat_youtube_post') }} as p
    where
        p.published_at > {{ current_moment() }} - toIntervalDay(365)
        and p.published_at <= {{ current_moment() }}
),

recent_videos as (
    select
        platform,
        profile_id,
        count() as total_posts,
        avg(likes) as avg_likes,
        avg(comments) as avg_comments,
        avg(plays) as avg_plays,
        coalesce(sum(likes), 0) as total_likes,
        coalesce(sum(plays), 0) as total_plays
    from video
    where is_recent
    group by
        platform,
        profile_id
),

-- The language of most videos of a year; of two with as many, the first by name.
spoken as (
    select
        platform,
        profile_id,
        argMin(language, (-videos, language)) as language
    from (
        select
            platform,
            profile_id,
            language,
            toInt64(count()) as videos
        from video
        where language != ''
        group by
            platform,
            profile_id,
            language
    )
    group by
        platform,
        profile_id
),

-- What the channel states goes before what enrichment read out of it.
account as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.* except (platform, profile_id, category, country),
        cast(null as Nullable(Int64)) as following,
        coalesce(nullIf(a.category, 'Unknown'), e.category, 'Unknown') as category,
        coalesce(s.language, e.language, 'unknown') as language,
        coalesce(nullIf({{ country_code('a.country') }}, ''), e.country, 'unknown') as country,
        coalesce(v.total_posts, 0) as total_posts,
        v.avg_likes as avg_likes,
        v.avg_comments as avg_comments,
        v.avg_plays as avg_plays,
        coalesce(v.total_likes, 0) as total_likes,
        coalesce(v.total_plays, 0) as total_plays
    from {{ ref('stg_beat_youtube_account') }} as a
    left join recent_videos as v
        on a.platform = v.platform and a.profile_id = v.profile_id
    left join spoken as s
        on a.platform = s.platform and a.profile_id = s.profile_id
    left join {{ enriched_accounts() }} as e
        on a.platform = e.platform and a.profile_id = e.profile_id
)

select
    platform,
    profile_id,
    handle,
    full_name,
    biography,
    category,
    language,
    country,
    external_url,
    profile_pic_url,
    is_verified,
    joined_at,
    followers,
    following,
    media_count,
    views,
    total_posts,
    avg_likes,
    avg_comments,
    avg_plays,
    total_likes,
    total_plays,
    if(followers > 0, {{ engagement_rate('avg_likes', 'avg_comments', 'followers') }}, null) as engagement_rate,
    if(avg_plays > 0, {{ engagement_rate('avg_likes', 'avg_comments', 'avg_plays') }}, null) as view_engagement_rate,
    {{ rank_within('followers') }} as followers_rank,
    {{ rank_within('followers', ['category']) }} as followers_rank_by_category,
    {{ rank_within('followers', ['language']) }} as followers_rank_by_language,
    {{ rank_within('views') }} as views_rank,
    source,
    observed_at,
    {{ current_moment() }} as updated_at
from account
