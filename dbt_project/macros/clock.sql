{% macro current_moment() -%}
    {#- The only clock of the models: unit tests override it. -#}
    now64(3, 'UTC')
{%- endmacro %}
