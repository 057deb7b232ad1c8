{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'starts_on', 'profile_id'],
        tags=['daily'],
    )
}}

{{ board_by_period('Week', 'mart_time_series_weekly', first_day_of_week, last_day_of_week, kept=53, carried=3) }}
