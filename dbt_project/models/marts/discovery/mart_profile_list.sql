{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_list_id', 'handle'],
        tags=['hourly'],
    )
}}

with member as (
    select
        m.platform as platform,
        m.profile_list_id as profile_list_id,
        m.handle as handle,
        m.account_id as account_id,
        m.name as name,
        m.added_at as added_at,
        m.found_profile_id as found_profile_id,
        count() over (partition by m.profile_list_id) as members
    from {{ members_with_profile(ref('stg_coffee_profile_list')) }} as m
)

select
    m.platform as platform,
    m.profile_list_id as profile_list_id,
    m.handle as handle,
    m.name as profile_list_name,
    m.account_id as account_id,
    m.members as members,
    m.added_at as added_at,
    m.found_profile_id as profile_id,
    toBool(s.profile_id is not null) as is_collected,
    s.handle as current_handle,
    s.full_name as full_name,
    s.category as category,
    s.language as language,
    s.country as country,
    s.is_verified as is_verified,
    s.size_band as size_band,
    s.followers as followers,
    s.avg_likes as avg_likes,
    s.avg_comments as avg_comments,
    s.avg_plays as avg_plays,
    s.engagement_rate as engagement_rate,
    s.engagement_band as engagement_band,
    s.growth_pct_30d as growth_pct_30d,
    s.quality_score as quality_score,
    s.activity as activity,
    s.last_post_at as last_post_at,
    s.posts_per_week as posts_per_week,
    s.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from member as m
left join {{ ref('mart_creator_search') }} as s
    on m.platform = s.platform and m.found_profile_id = s.profile_id
