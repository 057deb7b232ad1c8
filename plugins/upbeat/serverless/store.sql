-- The stream of scores in Postgres: how far it was read, and what of it no table takes. The scores: ingestion/upsert.sql.

-- name: checkpoints
-- How far each shard was read.
SELECT
    shard_id,
    sequence_number::text AS sequence_number,
    has_ended
FROM beat.stream_checkpoint
WHERE stream = %(stream)s

-- name: note_checkpoint
-- Never goes back: two collectors may read the same shard.
INSERT INTO beat.stream_checkpoint AS known (stream, shard_id, sequence_number, has_ended)
VALUES (%(stream)s, %(shard)s, %(sequence)s::numeric, %(ended)s)
ON CONFLICT (stream, shard_id) DO UPDATE SET
    sequence_number = greatest(known.sequence_number, excluded.sequence_number),
    has_ended = known.has_ended OR excluded.has_ended,
    updated_at = now()

-- name: park
-- Sets aside what is no score, once, however often it is read. Ids are the outbox's, so that it can go back there.
INSERT INTO beat.outbox_error (id, kind, key, payload, observed_at, reason)
SELECT
    nextval(pg_get_serial_sequence('beat.outbox', 'id')),
    'follower_score',
    told.key,
    told.payload,
    told.observed_at,
    told.reason
FROM (
    SELECT DISTINCT ON (row.key) row.*
    FROM jsonb_to_recordset(%(rows)s::jsonb) AS row (key text, payload jsonb, observed_at timestamptz, reason text)
    ORDER BY row.key
) AS told
WHERE NOT EXISTS (
    SELECT FROM beat.outbox_error AS parked
    WHERE parked.kind = 'follower_score' AND parked.key = told.key
)
