{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['hourly'],
    )
}}

with growth as (
    select
        g.platform as platform,
        g.profile_id as profile_id,
        maxIf(g.growth_pct, g.days = 7) as growth_pct_7d,
        maxIf(g.growth_pct, g.days = 30) as growth_pct_30d,
        maxIf(g.growth_pct, g.days = 90) as growth_pct_90d
    from {{ ref('mart_growth_rates') }} as g
    where g.is_comparable
    group by
        g.platform,
        g.profile_id
),

placed as (
    select
        platform,
        profile_id,
        city,
        is_sandbox
    from {{ ref('mart_creator_language_location') }}
),

active as (
    select
        platform,
        profile_id,
        activity,
        last_post_at,
        posts_per_week
    from {{ ref('mart_creator_activity') }}
),

main_format as (
    select
        platform,
        profile_id,
        post_type
    from {{ ref('mart_creator_content_mix') }}
    where is_main
),

scored as (
    select
        platform,
        profile_id,
        quality_score,
        fake_share
    from {{ ref('mart_audience_quality_score') }}
),

business as (
    select
        platform,
        profile_id,
        is_business,
        is_private
    from {{ ref('mart_instagram_account') }}
),

united as (
    select
        platform,
        profile_id,
        creator_id,
        accounts
    from {{ ref('mart_creator_cross_platform') }}
)

-- An account that came after a slower mart was built is there all the same: what that mart would tell is unknown.
select
    a.platform as platform,
    a.profile_id as profile_id,
    coalesce(u.creator_id, concat(a.platform, ':', a.profile_id)) as creator_id,
    coalesce(u.accounts, 1) as accounts,
    a.handle as handle,
    a.full_name as full_name,
    a.biography as biography,
    a.category as category,
    a.topics as topics,
    a.language as language,
    a.country as country,
    p.city as city,
    coalesce(p.is_sandbox, false) as is_sandbox,
    a.is_verified as is_verified,
    b.is_business as is_business,
    b.is_private as is_private,
    {{ known_size_band('a.followers') }} as size_band,
    a.followers as followers,
    a.following as following,
    a.media_count as media_count,
    a.avg_likes as avg_likes,
    a.avg_comments as avg_comments,
    a.avg_plays as avg_plays,
    a.engagement_rate as engagement_rate,
    {{ engagement_band('a.engagement_rate') }} as engagement_band,
    g.growth_pct_7d as growth_pct_7d,
    g.growth_pct_30d as growth_pct_30d,
    g.growth_pct_90d as growth_pct_90d,
    s.quality_score as quality_score,
    s.fake_share as fake_share,
    coalesce(c.activity, 'unknown') as activity,
    c.last_post_at as last_post_at,
    dateDiff('second', c.last_post_at, {{ current_moment() }}) / 86400 as days_since_last_post,
    c.posts_per_week as posts_per_week,
    a.total_posts as total_posts,
    m.post_type as main_post_type,
    nullIf(trimBoth(a.external_url), '') as contact_url,
    nullIf(
        lower(extract(coalesce(a.biography, ''), '[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\\.[A-Za-z0-9-]+)*\\.[A-Za-z]{2,}')), ''
    ) as contact_email,
    a.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from {{ accounts() }} as a
left join united as u
    on a.platform = u.platform and a.profile_id = u.profile_id
left join placed as p
    on a.platform = p.platform and a.profile_id = p.profile_id
left join business as b
    on a.platform = b.platform and a.profile_id = b.profile_id
left join growth as g
    on a.platform = g.platform and a.profile_id = g.profile_id
left join scored as s
    on a.platform = s.platform and a.profile_id = s.profile_id
left join active as c
    on a.platform = c.platform and a.profile_id = c.profile_id
left join main_format as m
    on a.platform = m.platform and a.profile_id = m.profile_id
