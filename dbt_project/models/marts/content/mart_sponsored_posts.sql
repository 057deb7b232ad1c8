{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'post_id'],
        tags=['three_hourly'],
    )
}}

with recent as (
    select
        *,
        arrayFilter(hashtag -> has({{ disclosing_hashtags() }}, hashtag), hashtags) as disclosing_hashtags,
        ifNull(is_paid_partnership, false) as is_marked,
        is_marked or notEmpty(disclosing_hashtags) as is_sponsored
    from {{ posts() }}
    where {{ recent_posts(90) }}
),

organic as (
    select
        platform,
        profile_id,
        {{ averaged_posts('likes', 'comments', 'reach') }} as averaged
    from recent
    where not is_sponsored
    group by
        platform,
        profile_id
),

compared as (
    select
        p.*,
        ifNull(o.averaged, []) as averaged,
        toUInt64(length(averaged)) as organic_posts,
        {{ average_likes('averaged') }} as organic_likes,
        {{ average_comments('averaged') }} as organic_comments,
        {{ average_reach('averaged') }} as organic_reach,
        {{ average_engagement('averaged', 'p.followers') }} as organic_engagement_rate
    from recent as p
    left join organic as o
        on p.platform = o.platform and p.profile_id = o.profile_id
    where p.is_sponsored
)

select
    platform,
    post_id,
    profile_id,
    handle,
    post_type,
    permalink,
    published_at,
    multiIf(is_marked and notEmpty(disclosing_hashtags), 'both', is_marked, 'platform', 'hashtag') as disclosed_by,
    disclosing_hashtags,
    arrayFilter(mention -> mention != lowerUTF8(handle), mentions) as mentions,
    followers,
    likes,
    comments,
    plays,
    reach,
    engagement_rate,
    organic_posts,
    organic_likes,
    organic_comments,
    organic_reach,
    organic_engagement_rate,
    (likes + comments) / nullIf(organic_likes + organic_comments, 0) as interactions_multiple,
    reach / nullIf(organic_reach, 0) as reach_multiple,
    {{ current_moment() }} as updated_at
from compared
