{% macro clickhouse__get_columns_in_relation(relation) -%}
    {#- The adapter's own, but for the names inside of a tuple: its driver quotes them, system.columns does not, and every
        second run of an incremental model with such a column would tell of a changed type. -#}
    {%- set query -%}
        select
            name,
            replaceRegexpAll(type, '(\\(|, )(\\w+) ([A-Z])', '\\1`\\2` \\3') as type
        from system.columns
        where
            table = '{{ relation.identifier }}'
            {% if relation.schema and not relation.is_temporary %}
                and database = '{{ relation.schema }}'
            {% endif %}
        order by position
    {%- endset -%}
    {{ return(sql_convert_columns_in_relation(run_query(query))) }}
{%- endmacro %}
