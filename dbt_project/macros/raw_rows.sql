{% macro final() -%}
    {#- Unit tests override this: their rows are inline, and FINAL needs a table. -#}
    final
{%- endmacro %}

{% macro newly_ingested(ingested_at) -%}
    {{ ingested_at }} > (
        select max(ingested_at) - toIntervalHour({{ var('late_data_hours') }})
        from {{ this }}
    )
{%- endmacro %}

{% macro plausible_time(observed_at, ingested_at) -%}
    {#- Held against the ingestion time, never against now(): the same row is judged the same in every run. -#}
    {{ observed_at }} <= {{ ingested_at }} + toIntervalHour({{ var('late_data_hours') }})
{%- endmacro %}
