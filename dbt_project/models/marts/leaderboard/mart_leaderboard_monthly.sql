{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'starts_on', 'profile_id'],
        tags=['weekly'],
    )
}}

{{ board_by_period('Month', 'mart_time_series_monthly', first_day_of_month, last_day_of_month, kept=25, carried=2) }}
