{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['platform', 'collection_id', 'hashtag'],
        tags=['staging', 'staging_collections'],
    )
}}

-- Members of collections that are there.
select
    toLowCardinality(assumeNotNull(m.platform)) as platform,
    assumeNotNull(m.collection_id) as collection_id,
    assumeNotNull(m.hashtag) as hashtag,
    toDateTime64(assumeNotNull(m.added_at), 6, 'UTC') as added_at,
    toDateTime64(assumeNotNull(m.updated_at), 6, 'UTC') as updated_at
from {{ source('coffee', 'collection_hashtag') }} as m
inner join {{ source('coffee', 'collection') }} as c
    on m.collection_id = c.collection_id
where c.deleted_at is null
