{% macro generate_schema_name(custom_schema_name, node) -%}
    {#- A ClickHouse database is named as written (`staging`, `mart`), in every target. -#}
    {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
