{% macro told_insights(table, platform, subject_kind, final, only_new) -%}
    {#- The newest answer to each question that was asked. What unit tests override, FINAL and the mode, is handed in: overrides reach
        the model alone. -#}
    select
        platform,
        toLowCardinality('{{ subject_kind }}') as subject_kind,
        subject_id,
        metric,
        period,
        breakdown,
        toLowCardinality(breakdown_value) as breakdown_value,
        end_time,
        value,
        source,
        {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
        _ingested_at as ingested_at
    from {{ source('beat', table) }} as told {{ final }}
    where
        told.platform = '{{ platform }}'
        and told.subject_id != ''
        and told.metric != ''
        {% if only_new %}
            and {{ has_new_rows('told', ['platform', 'subject_id', 'metric', 'period', 'breakdown', 'breakdown_value', 'end_time'], source('beat', table)) }}
        {% endif %}
{%- endmacro %}
