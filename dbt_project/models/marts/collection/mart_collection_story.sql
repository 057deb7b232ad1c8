{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['collection_id', 'platform', 'story_id'],
        tags=['collections'],
    )
}}

-- The stories of a collection's creators in its period: of all of its creators, since stories are named by nobody. The newest
-- value of each figure counts; a story that its owner told nothing about has none.
with insight as (
    select
        i.platform as platform,
        i.subject_id as story_id,
        argMaxIf(i.value, i.end_time, i.metric = 'reach') as reach,
        argMaxIf(i.value, i.end_time, i.metric = 'impressions') as impressions,
        argMaxIf(i.value, i.end_time, i.metric = 'views') as views,
        argMaxIf(i.value, i.end_time, i.metric = 'exits') as exits,
        argMaxIf(i.value, i.end_time, i.metric = 'replies') as replies,
        argMaxIf(i.value, i.end_time, i.metric = 'taps_forward') as taps_forward,
        argMaxIf(i.value, i.end_time, i.metric = 'taps_back') as taps_back,
        groupUniqArray(i.metric) as metrics,
        max(i.observed_at) as observed_at
    from {{ ref('stg_beat_instagram_post_insight') }} as i
    where
        i.subject_kind = 'story'
        and i.breakdown = ''
    group by
        i.platform,
        i.subject_id
)

select
    w.collection_id as collection_id,
    s.platform as platform,
    s.story_id as story_id,
    c.campaign_id as campaign_id,
    s.profile_id as profile_id,
    w.handle as handle,
    s.media_type as media_type,
    s.link_url as link_url,
    s.mentions as mentions,
    s.hashtags as hashtags,
    s.published_at as published_at,
    s.expires_at as expires_at,
    w.followers as followers,
    if(has(i.metrics, 'reach'), i.reach, null) as reach,
    multiIf(has(i.metrics, 'impressions'), i.impressions, has(i.metrics, 'views'), i.views, null) as impressions,
    if(has(i.metrics, 'exits'), i.exits, null) as exits,
    if(has(i.metrics, 'replies'), i.replies, null) as replies,
    if(has(i.metrics, 'taps_forward'), i.taps_forward, null) as taps_forward,
    if(has(i.metrics, 'taps_back'), i.taps_back, null) as taps_back,
    if(w.followers > 0 and has(i.metrics, 'reach'), i.reach / w.followers, null) as reach_share,
    if(has(i.metrics, 'exits') and has(i.metrics, 'impressions') and i.impressions > 0, i.exits / i.impressions, null) as exit_share,
    i.observed_at as insights_observed_at,
    s.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from {{ ref('mart_collection_profile') }} as w
inner join {{ collections() }} as c on w.collection_id = c.collection_id
inner join {{ ref('stg_beat_instagram_story') }} as s
    on w.platform = s.platform and w.profile_id = s.profile_id
left join insight as i
    on s.platform = i.platform and s.story_id = i.story_id
where
    toDate32(s.published_at) >= c.starts_on
    and (c.ends_on is null or toDate32(s.published_at) <= c.ends_on)
