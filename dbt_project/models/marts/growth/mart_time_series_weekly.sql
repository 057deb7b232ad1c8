{{
    config(
        materialized='incremental',
        incremental_strategy='delete_insert',
        unique_key=['platform', 'profile_id', 'starts_on'],
        engine=replicated('MergeTree()'),
        order_by=['platform', 'profile_id', 'starts_on'],
        partition_by='toYear(starts_on)',
        on_schema_change='fail',
        tags=['daily'],
    )
}}

{{ series_by_period('week', first_day_of_week, last_day_of_week) }}
