{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'country'],
        tags=['daily'],
    )
}}

{{ leaders_by('country') }}
