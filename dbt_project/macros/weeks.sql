{% macro first_week(weeks, now) -%}
    {#- Whole weeks only: the Monday that many weeks before this one. -#}
    (toMonday(toDate({{ now }})) - {{ 7 * weeks }})
{%- endmacro %}

{% macro weeks_until_now(weeks, now) -%}
    {#- A row of each, so that a week in which nothing happened is a 0 and no gap. -#}
    (
        select {{ first_week(weeks, now) }} + toIntervalDay(7 * number) as week_starts_on
        from numbers({{ weeks + 1 }})
    )
{%- endmacro %}

{% macro change_pct(figure, before) -%}
    if({{ before }} > 0, (toFloat64({{ figure }}) - {{ before }}) / {{ before }} * 100, null)
{%- endmacro %}
