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
