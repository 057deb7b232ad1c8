{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'topic'],
        tags=['daily'],
    )
}}

{% set related_kept = 5 %}

-- A creator counts in each of their topics.
with creator as (
    select
        s.platform as platform,
        arrayJoin(s.topics) as topic,
        s.profile_id as profile_id,
        s.handle as handle,
        s.topics as topics,
        s.category as category,
        s.language as language,
        s.followers as followers,
        s.engagement_rate as engagement_rate,
        s.growth_pct_30d as growth_pct_30d,
        s.total_posts as total_posts
    from {{ ref('mart_creator_search') }} as s
),

category as (
    {{ most_frequent('creator', 'topic', 'category', 'Unknown') }}
),

language as (
    {{ most_frequent('creator', 'topic', 'language', 'unknown') }}
),

related as (
    select
        platform,
        topic,
        arrayMap(
            entry -> entry.2,
            arraySlice(arraySort(groupArray((-toInt64(shared), other))), 1, {{ related_kept }})
        ) as related_topics
    from (
        select
            platform,
            topic,
            arrayJoin(topics) as other,
            count() as shared
        from creator
        group by
            platform,
            topic,
            other
    )
    where other != topic
    group by
        platform,
        topic
),

counted as (
    select
        k.platform as platform,
        k.topic as topic,
        count() as creators,
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
        k.topic
),

-- Of those that have topics at all: the others were not read yet.
population as (
    select
        s.platform as platform,
        count() as creators
    from {{ ref('mart_creator_search') }} as s
    where notEmpty(s.topics)
    group by s.platform
)

select
    c.platform as platform,
    c.topic as topic,
    c.creators as creators,
    c.creators / p.creators as creators_share,
    c.total_followers as total_followers,
    c.median_followers as median_followers,
    c.median_engagement_rate as median_engagement_rate,
    c.median_growth_pct_30d as median_growth_pct_30d,
    c.posting_creators as posting_creators,
    c.total_posts as total_posts,
    g.value as top_category,
    g.share as top_category_share,
    l.value as top_language,
    r.related_topics as related_topics,
    c.top_profile_id as top_profile_id,
    c.top_handle as top_handle,
    {{ current_moment() }} as updated_at
from counted as c
inner join population as p
    on c.platform = p.platform
left join category as g
    on c.platform = g.platform and c.topic = g.topic
left join language as l
    on c.platform = l.platform and c.topic = l.topic
left join related as r
    on c.platform = r.platform and c.topic = r.topic
