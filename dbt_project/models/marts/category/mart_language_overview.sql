{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'language'],
        tags=['daily'],
    )
}}

with found as (
    select
        platform,
        profile_id,
        language_source,
        language_confidence
    from {{ ref('mart_creator_language_location') }}
),

creator as (
    select
        s.platform as platform,
        s.language as language,
        s.profile_id as profile_id,
        s.handle as handle,
        s.category as category,
        s.country as country,
        s.followers as followers,
        s.engagement_rate as engagement_rate,
        s.growth_pct_30d as growth_pct_30d,
        s.total_posts as total_posts,
        coalesce(f.language_source, 'none') as language_source,
        f.language_confidence as language_confidence
    from {{ ref('mart_creator_search') }} as s
    left join found as f
        on s.platform = f.platform and s.profile_id = f.profile_id
),

category as (
    {{ most_frequent('creator', 'language', 'category', 'Unknown') }}
),

country as (
    {{ most_frequent('creator', 'language', 'country', 'unknown') }}
),

counted as (
    select
        k.platform as platform,
        k.language as language,
        count() as creators,
        countIf(k.language_source = 'videos') / count() as stated_share,
        avg(k.language_confidence) as mean_confidence,
        coalesce(sum(k.followers), 0) as total_followers,
        quantileExactInclusive(0.5)(k.followers) as median_followers,
        quantileExactInclusive(0.5)(k.engagement_rate) as median_engagement_rate,
        quantileExactInclusive(0.5)(k.growth_pct_30d) as median_growth_pct_30d,
        countIf(k.total_posts > 0) as posting_creators,
        sum(k.total_posts) as total_posts,
        argMinIf(toNullable(k.profile_id), (-k.followers, k.profile_id), k.followers is not null) as top_profile_id,
        argMinIf(toNullable(k.handle), (-k.followers, k.profile_id), k.followers is not null) as top_handle
    from creator as k
    group by
        k.platform,
        k.language
)

select
    c.platform as platform,
    c.language as language,
    c.creators as creators,
    c.creators / sum(c.creators) over (partition by c.platform) as creators_share,
    c.stated_share as stated_share,
    c.mean_confidence as mean_confidence,
    c.total_followers as total_followers,
    c.total_followers / nullIf(sum(c.total_followers) over (partition by c.platform), 0) as followers_share,
    c.median_followers as median_followers,
    c.median_engagement_rate as median_engagement_rate,
    c.median_growth_pct_30d as median_growth_pct_30d,
    c.posting_creators as posting_creators,
    c.total_posts as total_posts,
    g.value as top_category,
    o.value as top_country,
    o.share as top_country_share,
    c.top_profile_id as top_profile_id,
    c.top_handle as top_handle,
    {{ current_moment() }} as updated_at
from counted as c
left join category as g
    on c.platform = g.platform and c.language = g.language
left join country as o
    on c.platform = o.platform and c.language = o.language
