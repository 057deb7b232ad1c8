{# The formulas of plugins/upbeat/engagement.py; a test holds them against each other. An unknown count gives null. #}

{% macro engagement_rate(likes, comments, followers) -%}
    if({{ followers }} <= 0, 0.0, ({{ likes }} + {{ comments }}) / {{ followers }} * 100)
{%- endmacro %}

{% macro reels_reach(plays, followers) -%}
    if({{ followers }} <= 0, null, {{ plays }} * (0.94 - 0.001 * log2({{ followers }})))
{%- endmacro %}

{% macro post_reach(likes) -%}
    {#- Not greatest(0.0, …): it passes over a null, and unknown likes would reach 0 accounts. -#}
    if(
        {{ likes }} <= 0 or log10({{ likes }}) >= 7.6 / 0.7,
        0.0,
        {{ likes }} * 0.85 * (7.6 - 0.7 * log10({{ likes }}))
    )
{%- endmacro %}

{% macro engagement_band(rate) -%}
    multiIf(
        {{ rate }} is null, null,
        {{ rate }} >= 6, 'excellent',
        {{ rate }} >= 3, 'good',
        {{ rate }} >= 1, 'low',
        'very_low'
    )
{%- endmacro %}

{% macro averaged_posts(likes, comments, reach, trim=true) -%}
    {#- An aggregate: the posts of a group as (likes, comments, reach), without the two with the most and the two with the least
        likes + comments when there are more than four. Equal posts: which is left out does not depend on the order of rows. -#}
    {%- set posts -%}
        arraySort(
            post -> (post.1 + post.2, post.1, post.3),
            groupArrayIf(
                (
                    assumeNotNull(toInt64({{ likes }})),
                    assumeNotNull(toInt64({{ comments }})),
                    ifNull(toFloat64({{ reach }}), 0.0)
                ),
                {{ likes }} is not null and {{ comments }} is not null
            )
        )
    {%- endset -%}
    {%- if trim -%}
        arrayFilter(
            (post, place) -> length({{ posts }}) <= 4 or place between 3 and length({{ posts }}) - 2,
            {{ posts }},
            arrayEnumerate({{ posts }})
        )
    {%- else -%}
        {{ posts }}
    {%- endif -%}
{%- endmacro %}

{% macro average_likes(posts) -%}
    if(empty({{ posts }}), null, arrayAvg(post -> post.1, {{ posts }}))
{%- endmacro %}

{% macro average_comments(posts) -%}
    if(empty({{ posts }}), null, arrayAvg(post -> post.2, {{ posts }}))
{%- endmacro %}

{% macro average_reach(posts) -%}
    if(empty({{ posts }}), null, arrayAvg(post -> post.3, {{ posts }}))
{%- endmacro %}

{% macro average_engagement(posts, followers) -%}
    {#- arrayAvg takes no nulls: followers that are unknown are told apart first. -#}
    if(
        empty({{ posts }}) or {{ followers }} is null,
        null,
        arrayAvg(
            post -> {{ engagement_rate('post.1', 'post.2', 'assumeNotNull(' ~ followers ~ ')') }},
            {{ posts }}
        )
    )
{%- endmacro %}
