{% macro replicated(engine) -%}
    {#- On a cluster the tables replicate themselves, whatever replicates the statements that make them. -#}
    {{ 'Replicated' ~ engine if target.cluster else engine }}
{%- endmacro %}
