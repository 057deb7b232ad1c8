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
    i.reach as reach,
    i.views as impressions,
    i.exits as exits,
    i.replies as replies,
    i.taps_forward as taps_forward,
    i.taps_back as taps_back,
    if(w.followers > 0, i.reach / w.followers, null) as reach_share,
    i.exits / nullIf(i.views, 0) as exit_share,
    i.insights_observed_at as insights_observed_at,
    s.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from {{ ref('mart_collection_profile') }} as w
inner join {{ collections() }} as c on w.collection_id = c.collection_id
inner join {{ ref('stg_beat_instagram_story') }} as s
    on w.platform = s.platform and w.profile_id = s.profile_id
left join {{ told_stories() }} as i
    on s.platform = i.platform and s.story_id = i.story_id
where
    toDate32(s.published_at) >= c.starts_on
    and (c.ends_on is null or toDate32(s.published_at) <= c.ends_on)
