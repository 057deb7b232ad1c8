-- The sink's statements on beat.outbox. No cursor over id anywhere: ids commit out of order, rows are found by state.

-- name: reclaim_batch
-- The oldest batch whose sink gave it back, died, or lost its connection to us (held); not one that another loop of this
-- process has in hand (others). Index: primary key, few rows.
UPDATE beat.outbox_batch
SET lease_until = now() + %(lease)s, attempts = attempts + 1
WHERE id = (
    SELECT id FROM beat.outbox_batch
    WHERE kind = ANY(%(kinds)s) AND (lease_until <= now() OR id = %(held)s) AND id <> ALL(%(others)s::uuid[])
    ORDER BY claimed_at
    LIMIT 1
    FOR UPDATE SKIP LOCKED
)
RETURNING id, kind

-- name: batch_members
-- The events of a batch, in the order of their first insert. Index: outbox_claimed.
SELECT
    id,
    key,
    payload::text AS body,
    to_json(observed_at) #>> '{}' AS observed_at,
    extract(epoch FROM created_at)::float8 AS created_at
FROM beat.outbox
WHERE batch = %(batch)s
ORDER BY id

-- name: waiting_kinds
-- How many events of each kind wait, counted up to its bound, and since when; the longest wait first, so that a busy kind
-- never holds up a quiet one. Whether one is ready is for flush_policy to say.
-- Index: outbox_new; at most `bounds` entries of each kind are read, one where nothing waits.
SELECT wanted.kind, ready.events, extract(epoch FROM now() - ready.oldest)::float8 AS oldest_age
FROM unnest(%(kinds)s::text[], %(bounds)s::int[]) AS wanted (kind, bound)
CROSS JOIN LATERAL (
    SELECT count(*) AS events, min(created_at) AS oldest
    FROM (
        SELECT created_at FROM beat.outbox
        WHERE outbox.kind = wanted.kind AND status = 'NEW'
        ORDER BY id
        LIMIT wanted.bound
    ) AS first_ones
) AS ready
WHERE ready.events > 0
ORDER BY ready.oldest

-- name: claim_new
-- Fixes the membership of a new batch; committed before anything is sent. It ends before so many bytes, as they are on
-- disk: measuring the text would cost as much as reading it. Index: outbox_new.
WITH waiting AS (
    SELECT id, pg_column_size(payload) AS size FROM beat.outbox
    WHERE kind = %(kind)s AND status = 'NEW'
    ORDER BY id
    LIMIT %(rows)s
    FOR UPDATE SKIP LOCKED
), picked AS (
    SELECT id
    FROM (SELECT id, sum(size) OVER (ORDER BY id) - size AS before FROM waiting) AS sized
    WHERE before < %(bytes)s
), batch AS (
    INSERT INTO beat.outbox_batch (id, kind, lease_until)
    SELECT %(batch)s, %(kind)s, now() + %(lease)s WHERE EXISTS (SELECT FROM picked)
)
UPDATE beat.outbox
SET status = 'CLAIMED', batch = %(batch)s
FROM picked
WHERE outbox.id = picked.id
RETURNING
    outbox.id,
    outbox.key,
    outbox.payload::text AS body,
    to_json(outbox.observed_at) #>> '{}' AS observed_at,
    extract(epoch FROM outbox.created_at)::float8 AS created_at

-- name: forget_events
-- Stored events leave the outbox. The batch is asked for, too: a late sink must not take what was sent back since.
DELETE FROM beat.outbox WHERE id = ANY(%(ids)s) AND batch = %(batch)s

-- name: forget_empty_batch
-- A batch ends with its last event. Index: outbox_claimed.
DELETE FROM beat.outbox_batch
WHERE id = %(batch)s AND NOT EXISTS (SELECT FROM beat.outbox WHERE batch = %(batch)s)

-- name: renew_lease
-- A batch of which something was stored or parked has a living sink.
UPDATE beat.outbox_batch SET lease_until = now() + %(lease)s WHERE id = %(batch)s

-- name: park_events
-- Events that cannot be stored move to beat.outbox_error with their reasons, one reason per id.
WITH bad AS (
    SELECT * FROM unnest(%(ids)s::bigint[], %(reasons)s::text[]) AS listed (id, reason)
), gone AS (
    DELETE FROM beat.outbox USING bad
    WHERE outbox.id = bad.id AND outbox.batch = %(batch)s
    RETURNING outbox.id, outbox.kind, outbox.key, outbox.payload, outbox.observed_at, bad.reason
)
INSERT INTO beat.outbox_error (id, kind, key, payload, observed_at, reason)
SELECT id, kind, key, payload, observed_at, reason FROM gone
ON CONFLICT (id) DO UPDATE SET reason = excluded.reason, failed_at = now()

-- name: release_batch
-- The batch may be claimed again after the delay, with the same members.
UPDATE beat.outbox_batch
SET lease_until = now() + %(delay)s, last_error = %(reason)s
WHERE id = %(batch)s

-- name: count_waiting
-- Events not settled yet, of these kinds. Indexes: outbox_new, outbox_claimed.
SELECT count(*) AS events FROM beat.outbox WHERE kind = ANY(%(kinds)s)

-- name: depth
-- How much of each kind waits and for how long; parked events, too.
SELECT
    coalesce(waiting.kind, parked.kind) AS kind,
    coalesce(waiting.new, 0) AS new,
    coalesce(waiting.claimed, 0) AS claimed,
    coalesce(extract(epoch FROM now() - waiting.oldest), 0)::float8 AS lag_seconds,
    coalesce(parked.events, 0) AS errors
FROM (
    SELECT
        kind,
        count(*) FILTER (WHERE status = 'NEW') AS new,
        count(*) FILTER (WHERE status = 'CLAIMED') AS claimed,
        min(created_at) AS oldest
    FROM beat.outbox
    GROUP BY kind
) AS waiting
FULL JOIN (SELECT kind, count(*) AS events FROM beat.outbox_error GROUP BY kind) AS parked USING (kind)
ORDER BY 1

-- name: batches
-- Batches under way or waiting to be sent again.
SELECT id::text, kind, attempts, extract(epoch FROM now() - claimed_at)::float8 AS age_seconds, last_error
FROM beat.outbox_batch
ORDER BY claimed_at
LIMIT 100
