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

{% macro has_new_rows(alias, keys, raw_table) -%}
    {#- For the incremental mode: FINAL is paid only over the keys of rows that arrived since the last run. -#}
    ({{ alias }}.{{ keys | join(', ' ~ alias ~ '.') }}) in (
        select {{ keys | join(', ') }}
        from {{ raw_table }}
        where {{ newly_ingested('_ingested_at') }}
    )
{%- endmacro %}

{% macro not_after_ingestion(observed_at, ingested_at) -%}
    {#- A collector's clock that is ahead does not date a row after its arrival. -#}
    least({{ observed_at }}, toDateTime64({{ ingested_at }}, 6, 'UTC'))
{%- endmacro %}
