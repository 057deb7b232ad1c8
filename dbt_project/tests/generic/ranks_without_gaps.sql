{# Places within the platform and further columns: 1 to the number of those that have one, each once, and none behind a smaller measure. #}
{% test ranks_without_gaps(model, ranks) %}
    {% for rank in ranks %}
        {% set groups = (['platform'] + rank.within) | join(', ') %}
        select
            '{{ rank.name }}' as broken,
            'a gap, or a place twice' as what
        from {{ model }}
        where {{ rank.name }} is not null
        group by {{ groups }}
        having
            min({{ rank.name }}) != 1
            or max({{ rank.name }}) != count()
            or uniqExact({{ rank.name }}) != count()
        union all
        select
            '{{ rank.name }}' as broken,
            'a larger {{ rank.by }} behind a smaller one' as what
        from (
            select
                {{ rank.by }} as measure,
                any(toNullable({{ rank.by }})) over (
                    partition by {{ groups }} order by {{ rank.name }} rows between 1 preceding and 1 preceding
                ) as measure_before
            from {{ model }}
            where {{ rank.name }} is not null
        )
        where measure > measure_before
        union all
        select
            '{{ rank.name }}' as broken,
            'a measure without a place, or a place without a measure' as what
        from {{ model }}
        where ({{ rank.name }} is null) != ({{ rank.by }} is null)
        {{ 'union all' if not loop.last }}
    {% endfor %}
{% endtest %}
