{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'category'],
        tags=['daily'],
    )
}}

{{ leaders_by('category') }}
