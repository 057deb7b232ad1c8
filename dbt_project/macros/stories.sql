{% macro story_figures() -%}
    {#- Our name of a figure → the metrics that tell it, the first that is there. What version 21 of the Graph API calls views, earlier ones called
        impressions; taps and exits have become a breakdown of navigation. -#}
    {{ return({
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
    }) }}
{%- endmacro %}

{% macro told_stories() -%}
    {#- The newest of each figure that the owner of a story was told. -#}
    (
        select
            platform,
            subject_id as story_id,
            {% for name, metrics in story_figures().items() %}
                coalesce(
                    {% for metric in metrics %}
                        maxOrNullIf(newest, figure = '{{ metric }}'){{ ',' if not loop.last }}
                    {% endfor %}
                ) as {{ name }},
            {% endfor %}
            max(told_at) as insights_observed_at
        from (
            select
                platform,
                subject_id,
                if(breakdown = '', metric, lowerUTF8(breakdown_value)) as figure,
                argMax(value, (end_time, observed_at, breakdown, metric, period)) as newest,
                max(observed_at) as told_at
            from {{ ref('stg_beat_instagram_post_insight') }}
            where
                subject_kind = 'story'
                and (breakdown = '' or metric = 'navigation')
            group by
                platform,
                subject_id,
                figure
        )
        group by
            platform,
            subject_id
    )
{%- endmacro %}
