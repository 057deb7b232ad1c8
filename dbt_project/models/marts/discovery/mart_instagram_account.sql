{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['core', 'hourly'],
    )
}}

with recent_posts as (
    select
        platform,
        profile_id,
        count() as total_posts,
        avg(likes) as avg_likes,
        avg(comments) as avg_comments,
        avg(plays) as avg_plays,
        coalesce(sum(likes), 0) as total_likes
    from {{ ref('stg_beat_instagram_post') }}
    where
        published_at > {{ current_moment() }} - toIntervalDay(30)
        and published_at <= {{ current_moment() }}
    group by
        platform,
        profile_id
),

read as (
    select * from {{ answers('categ_lang_topics', ['category', 'topics']) }}
),

presented as (
    select *
    from {{ answers('base_gender', ['gender']) }}
    where gender in ('female', 'male', 'mixed')
),

placed as (
    select * except (handle, updated_at)
    from {{ ref('mart_creator_language_location') }}
),

-- What the account states goes before what enrichment read out of it.
account as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.* except (platform, profile_id, category),
        {{ described_account() }},
        coalesce(p.total_posts, 0) as total_posts,
        p.avg_likes as avg_likes,
        p.avg_comments as avg_comments,
        p.avg_plays as avg_plays,
        coalesce(p.total_likes, 0) as total_likes
    from {{ ref('stg_beat_instagram_account') }} as a
    left join recent_posts as p
        on a.platform = p.platform and a.profile_id = p.profile_id
    left join read as r
        on a.platform = r.platform and a.profile_id = r.profile_id
    left join presented as g
        on a.platform = g.platform and a.profile_id = g.profile_id
    left join placed as l
        on a.platform = l.platform and a.profile_id = l.profile_id
)

select
    platform,
    profile_id,
    handle,
    full_name,
    biography,
    {{ described_columns() }},
    external_url,
    profile_pic_url,
    is_verified,
    is_business,
    is_private,
    followers,
    following,
    media_count,
    total_posts,
    avg_likes,
    avg_comments,
    avg_plays,
    total_likes,
    if(followers > 0, {{ engagement_rate('avg_likes', 'avg_comments', 'followers') }}, null) as engagement_rate,
    {{ rank_within('followers') }} as followers_rank,
    {{ rank_within('followers', ['category']) }} as followers_rank_by_category,
    {{ rank_within('followers', ['language']) }} as followers_rank_by_language,
    source,
    observed_at,
    {{ current_moment() }} as updated_at
from account
