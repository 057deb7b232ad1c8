-- Statements on beat.outbox_error, the events that could not be stored.

-- name: parked_events
-- Those that failed last, whole.
SELECT
    id,
    kind,
    key,
    reason,
    to_json(failed_at) #>> '{}' AS failed_at,
    to_json(observed_at) #>> '{}' AS observed_at,
    payload::text AS body
FROM beat.outbox_error
WHERE %(kind)s::text IS NULL OR kind = %(kind)s
ORDER BY failed_at DESC, id DESC
LIMIT %(limit)s

-- name: count_parked
SELECT count(*) AS events FROM beat.outbox_error WHERE %(kind)s::text IS NULL OR kind = %(kind)s

-- name: send_back
-- Parked events go back under their own ids, so that an older observation cannot overtake a newer one. Those that have
-- waited longest go first; no limit when it is null.
WITH picked AS (
    SELECT id FROM beat.outbox_error
    WHERE %(kind)s::text IS NULL OR kind = %(kind)s
    ORDER BY failed_at, id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
), back AS (
    DELETE FROM beat.outbox_error USING picked
    WHERE outbox_error.id = picked.id
    RETURNING outbox_error.id, outbox_error.kind, outbox_error.key, outbox_error.payload, outbox_error.observed_at
)
INSERT INTO beat.outbox (id, kind, key, payload, observed_at)
OVERRIDING SYSTEM VALUE
SELECT id, kind, key, payload, observed_at FROM back
