{% macro engagement_rate(likes, comments, followers) -%}
    if(
        coalesce({{ followers }}, 0) <= 0,
        0.0,
        ({{ likes }} + {{ comments }}) / {{ followers }} * 100
    )
{%- endmacro %}

{% macro reels_reach(plays, followers) -%}
    if(
        coalesce({{ followers }}, 0) <= 0,
        null,
        {{ plays }} * (0.94 - 0.001 * log2({{ followers }}))
    )
{%- endmacro %}

{% macro post_reach(likes) -%}
    if(
        coalesce({{ likes }}, 0) <= 0,
        0.0,
        {{ likes }} * 0.85 * (7.6 - 0.7 * log10({{ likes }}))
    )
{%- endmacro %}
