{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'story_id'],
        tags=['hourly'],
    )
}}

-- Only owners are told the figures of a story, for a day or little longer: the newest figure of each kind stays.
select
    s.platform as platform,
    s.story_id as story_id,
    s.profile_id as profile_id,
    coalesce(a.handle, s.handle) as handle,
    s.media_type as media_type,
    s.published_at as published_at,
    s.duration_seconds as duration_seconds,
    toBool(s.link_url is not null) as has_link,
    s.mentions as mentions,
    s.hashtags as hashtags,
    a.followers as followers,
    {% for name in story_figures() %}
        t.{{ name }} as {{ name }},
    {% endfor %}
    if(a.followers > 0, t.reach / a.followers * 100, null) as reach_rate,
    t.interactions / nullIf(t.reach, 0) * 100 as interaction_rate,
    t.exits / nullIf(t.views, 0) as exit_share,
    t.insights_observed_at as insights_observed_at,
    s.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from {{ ref('stg_beat_instagram_story') }} as s
left join {{ told_stories() }} as t
    on s.platform = t.platform and s.story_id = t.story_id
left join {{ ref('stg_beat_instagram_account') }} as a
    on s.platform = a.platform and s.profile_id = a.profile_id
where
    coalesce(s.published_at, s.observed_at) > {{ current_moment() }} - toIntervalDay(90)
    and coalesce(s.published_at, s.observed_at) <= {{ current_moment() }}
