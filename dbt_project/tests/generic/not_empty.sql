{# A column that is not Nullable cannot be null, but what was missing arrives as ''. #}
{% test not_empty(model, column_name) %}
    select {{ column_name }}
    from {{ model }}
    where trimBoth({{ column_name }}) = ''
{% endtest %}
