{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'category'],
        tags=['daily'],
    )
}}

with creator as (
    select
        s.platform as platform,
        s.category as category,
        s.profile_id as profile_id,
        s.handle as handle,
        s.language as language,
        s.country as country,
        s.size_band as size_band,
        s.followers as followers,
        s.engagement_rate as engagement_rate,
        s.growth_pct_30d as growth_pct_30d,
        s.total_posts as total_posts,
        s.is_verified as is_verified
    from {{ ref('mart_creator_search') }} as s
),

language as (
    {{ most_frequent('creator', 'category', 'language', 'unknown') }}
),

country as (
    {{ most_frequent('creator', 'category', 'country', 'unknown') }}
),

counted as (
    select
        k.platform as platform,
        k.category as category,
        count() as creators,
        countIf(k.size_band = 'nano') as nano_creators,
        countIf(k.size_band = 'micro') as micro_creators,
        countIf(k.size_band = 'mid') as mid_creators,
        countIf(k.size_band = 'macro') as macro_creators,
        countIf(k.size_band = 'mega') as mega_creators,
        coalesce(sum(k.followers), 0) as total_followers,
        quantileExactInclusive(0.5)(k.followers) as median_followers,
        quantileExactInclusive(0.25)(k.engagement_rate) as engagement_rate_p25,
        quantileExactInclusive(0.5)(k.engagement_rate) as median_engagement_rate,
        quantileExactInclusive(0.75)(k.engagement_rate) as engagement_rate_p75,
        quantileExactInclusive(0.5)(k.growth_pct_30d) as median_growth_pct_30d,
        countIf(k.total_posts > 0) as posting_creators,
        sum(k.total_posts) as total_posts,
        avg(k.is_verified) as verified_share,
        argMinIf(toNullable(k.profile_id), (-k.followers, k.profile_id), k.followers is not null) as top_profile_id,
        argMinIf(toNullable(k.handle), (-k.followers, k.profile_id), k.followers is not null) as top_handle
    from creator as k
    group by
        k.platform,
        k.category
)

select
    c.platform as platform,
    c.category as category,
    c.creators as creators,
    c.creators / sum(c.creators) over (partition by c.platform) as creators_share,
    c.nano_creators as nano_creators,
    c.micro_creators as micro_creators,
    c.mid_creators as mid_creators,
    c.macro_creators as macro_creators,
    c.mega_creators as mega_creators,
    c.total_followers as total_followers,
    c.median_followers as median_followers,
    c.engagement_rate_p25 as engagement_rate_p25,
    c.median_engagement_rate as median_engagement_rate,
    c.engagement_rate_p75 as engagement_rate_p75,
    c.median_growth_pct_30d as median_growth_pct_30d,
    c.posting_creators as posting_creators,
    c.total_posts as total_posts,
    c.verified_share as verified_share,
    c.top_profile_id as top_profile_id,
    c.top_handle as top_handle,
    l.value as top_language,
    o.value as top_country,
    {{ current_moment() }} as updated_at
from counted as c
left join language as l
    on c.platform = l.platform and c.category = l.category
left join country as o
    on c.platform = o.platform and c.category = o.category
