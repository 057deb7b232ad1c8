{% macro most_frequent(creators, group, column, unknown) -%}
    {#- The value that most creators of a group have, and which share of those where it is known; of two with as many the first by
        name. A group where it is known of nobody has no row. -#}
    select
        platform,
        {{ group }},
        argMin(value, (-toInt64(found), value)) as value,
        max(found) / sum(found) as share
    from (
        select
            platform,
            {{ group }},
            {{ column }} as value,
            count() as found
        from {{ creators }}
        where {{ column }} != '{{ unknown }}'
        group by
            platform,
            {{ group }},
            value
    )
    group by
        platform,
        {{ group }}
{%- endmacro %}
