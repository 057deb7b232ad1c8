{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'story_id'],
        tags=['hourly'],
    )
}}

-- Only owners are told the figures of a story, for a day or little longer: the newest figure of each kind stays. What version 21 of the Graph API
-- calls views, earlier ones called impressions; taps and exits have become a breakdown of navigation.
{% set figures = {
    'reach': ['reach'],
    'views': ['views', 'impressions'],
    'replies': ['replies'],
    'shares': ['shares'],
    'follows': ['follows'],
    'profile_visits': ['profile_visits'],
    'interactions': ['total_interactions'],
    'exits': ['exits', 'tap_exit'],
    'taps_forward': ['taps_forward', 'tap_forward'],
    'taps_back': ['taps_back', 'tap_back'],
} %}

with insight as (
    select
        platform,
        subject_id,
        if(breakdown = '', metric, lowerUTF8(breakdown_value)) as figure,
        argMax(value, (end_time, observed_at, breakdown, metric)) as newest,
        max(observed_at) as told_at
    from {{ ref('stg_beat_instagram_post_insight') }}
    where
        subject_kind = 'story'
        and (breakdown = '' or metric = 'navigation')
    group by
        platform,
        subject_id,
        figure
),

told as (
    select
        platform,
        subject_id,
        {% for name, metrics in figures.items() %}
            coalesce(
                {% for metric in metrics %}
                    maxOrNullIf(newest, figure = '{{ metric }}'){{ ',' if not loop.last }}
                {% endfor %}
            ) as {{ name }},
        {% endfor %}
        max(told_at) as insights_observed_at
    from insight
    group by
        platform,
        subject_id
)

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
    {% for name in figures %}
        t.{{ name }} as {{ name }},
    {% endfor %}
    if(a.followers > 0, t.reach / a.followers * 100, null) as reach_rate,
    t.interactions / nullIf(t.reach, 0) * 100 as interaction_rate,
    t.exits / nullIf(t.views, 0) as exit_share,
    t.insights_observed_at as insights_observed_at,
    s.observed_at as observed_at,
    {{ current_moment() }} as updated_at
from {{ ref('stg_beat_instagram_story') }} as s
left join told as t
    on s.platform = t.platform and s.story_id = t.subject_id
left join {{ ref('stg_beat_instagram_account') }} as a
    on s.platform = a.platform and s.profile_id = a.profile_id
where
    coalesce(s.published_at, s.observed_at) > {{ current_moment() }} - toIntervalDay(90)
    and coalesce(s.published_at, s.observed_at) <= {{ current_moment() }}
