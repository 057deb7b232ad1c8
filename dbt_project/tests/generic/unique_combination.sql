{% test unique_combination(model, columns) %}
    select
        {{ columns | join(', ') }},
        count() as repeated
    from {{ model }}
    group by {{ columns | join(', ') }}
    having repeated > 1
{% endtest %}
