{{
    config(
        materialized='table',
        engine=replicated('MergeTree()'),
        order_by=['source', 'credential_key', 'at', 'credential_event_id'],
        tags=['staging', 'recent_scl'],
    )
}}

-- Read live from Postgres, where a trigger writes it; nothing of a credential's secrets is in it.
select
    credential_event_id,
    credential_key,
    toLowCardinality(event.source) as source,
    handle,
    toLowCardinality(event.event) as event,
    disabled_till,
    at
from {{ source('beat', 'credential_event') }} as event
