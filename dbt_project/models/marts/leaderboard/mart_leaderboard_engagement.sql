{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id'],
        tags=['three_hourly'],
    )
}}

-- Rates fall with size, so an account is measured by those of its size. One or two posts make no rate.
with engaged as (
    select
        a.platform as platform,
        a.profile_id as profile_id,
        a.handle as handle,
        a.category as category,
        a.language as language,
        a.country as country,
        {{ size_band('assumeNotNull(a.followers)') }} as size_band,
        assumeNotNull(a.followers) as followers,
        a.total_posts as total_posts,
        a.avg_likes as avg_likes,
        a.avg_comments as avg_comments,
        assumeNotNull(a.engagement_rate) as engagement_rate
    from {{ accounts() }} as a
    where
        a.engagement_rate is not null
        and a.followers > 0
        and a.total_posts >= 3
)

select
    platform,
    profile_id,
    handle,
    category,
    language,
    country,
    size_band,
    followers,
    total_posts,
    avg_likes,
    avg_comments,
    engagement_rate,
    assumeNotNull({{ engagement_band('engagement_rate') }}) as engagement_band,
    {{ rank_within('engagement_rate', known=true) }} as engagement_rank,
    {{ rank_within('engagement_rate', ['size_band'], known=true) }} as engagement_rank_by_size_band,
    {{ rank_within('engagement_rate', ['size_band', 'category'], known=true) }} as engagement_rank_by_size_band_and_category,
    {{ rank_within('engagement_rate', ['size_band', 'language'], known=true) }} as engagement_rank_by_size_band_and_language,
    {{ rank_within('engagement_rate', ['size_band', 'country'], known=true) }} as engagement_rank_by_size_band_and_country,
    count() over of_a_size as accounts_in_size_band,
    quantileExactInclusive(0.5)(engagement_rate) over of_a_size as size_band_median_rate,
    engagement_rate - quantileExactInclusive(0.5)(engagement_rate) over of_a_size as above_median_points,
    {{ current_moment() }} as updated_at
from engaged
window of_a_size as (partition by platform, size_band)
