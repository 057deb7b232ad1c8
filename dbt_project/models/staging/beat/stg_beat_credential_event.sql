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
    assumeNotNull(event.credential_event_id) as credential_event_id,
    assumeNotNull(event.credential_key) as credential_key,
    toLowCardinality(assumeNotNull(event.source)) as source,
    event.handle as handle,
    toLowCardinality(assumeNotNull(event.event)) as event,
    toTimeZone(event.disabled_till, 'UTC') as disabled_till,
    toTimeZone(assumeNotNull(event.at), 'UTC') as at
from {{ source('coffee', 'credential_event') }} as event
