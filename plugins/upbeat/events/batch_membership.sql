-- The sink's statements on beat.sink_batch: a few rows, one for each batch under way.

-- name: remember_batch
-- Fixes the membership of a batch before its insert, and forgets batches whose messages were acknowledged. One round trip.
WITH acknowledged AS (
    DELETE FROM beat.sink_batch WHERE id = ANY(%(acknowledged)s::uuid[])
)
INSERT INTO beat.sink_batch (id, kind, event_ids)
VALUES (%(id)s::uuid, %(kind)s, %(event_ids)s::bigint[])

-- name: forget_batches
-- Their messages were acknowledged. Index: primary key.
DELETE FROM beat.sink_batch WHERE id = ANY(%(acknowledged)s::uuid[])

-- name: replace_members
-- Events of the batch were parked: the insert goes without them. Index: primary key.
UPDATE beat.sink_batch SET event_ids = %(event_ids)s::bigint[] WHERE id = %(id)s::uuid

-- name: known_batches
-- The batches that messages of this kind may have been in. Index: sink_batch_kind.
SELECT id::text, event_ids FROM beat.sink_batch WHERE kind = %(kind)s

-- name: prune_batches
-- Batches of sinks that are gone, whose messages went another way.
DELETE FROM beat.sink_batch WHERE created_at < now() - interval '1 hour'
