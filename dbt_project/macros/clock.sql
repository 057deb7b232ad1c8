{% macro current_moment() -%}
    {#- The only clock of the models: unit tests override it, a run can be told another one. -#}
    {%- if var('current_moment') -%}
        toDateTime64('{{ var('current_moment') }}', 3, 'UTC')
    {%- else -%}
        now64(3, 'UTC')
    {%- endif -%}
{%- endmacro %}
