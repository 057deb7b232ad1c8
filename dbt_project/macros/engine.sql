{% macro replicated(engine) -%}
    {#- On a cluster without a Replicated database the tables replicate themselves. -#}
    {{ 'Replicated' ~ engine if target.cluster and not target.database_engine else engine }}
{%- endmacro %}
