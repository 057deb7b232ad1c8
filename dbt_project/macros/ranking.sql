{% macro rank_within(measure, groups=[], known=false) -%}
    {#- 1 is the highest. Equal measures are told apart by profile_id, so that a rank never flickers between runs.
        An unknown measure has no rank and takes none from others; `known` says that there is none. -#}
    {%- set place -%}
        row_number() over (
            partition by {{ (['platform'] + groups) | join(', ') }}
            order by {{ measure }} desc nulls last, profile_id asc
        )
    {%- endset -%}
    {%- if known -%}
        {{ place }}
    {%- else -%}
        if({{ measure }} is null, null, {{ place }})
    {%- endif -%}
{%- endmacro %}

{% macro size_band(followers) -%}
    multiIf(
        {{ followers }} < 10000, 'nano',
        {{ followers }} < 100000, 'micro',
        {{ followers }} < 500000, 'mid',
        {{ followers }} < 1000000, 'macro',
        'mega'
    )
{%- endmacro %}
