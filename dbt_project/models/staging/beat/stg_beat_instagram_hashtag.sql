{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'name'],
        tags=['staging'],
    )
}}

-- Few rows, rebuilt whole.
select
    platform,
    name,
    hashtag_id,
    posts_count as media_count,
    source,
    {{ not_after_ingestion('observed_at', '_ingested_at') }} as observed_at,
    _ingested_at as ingested_at
from {{ source('beat', 'hashtag') }} as hashtag {{ final() }}
where hashtag.name != ''
