-- The statements on `beat.inbox`: which messages have had their effect.

-- name: enter
-- Notes messages, in the order of their ids (unsorted concurrent inserts deadlock); returns those that were not known. Whoever
-- meets a message that another process is about to commit waits for that commit. Index: primary key.
INSERT INTO beat.inbox (listener, message_id, body_hash, received_at)
SELECT
    %(listener)s,
    message.id,
    message.body_hash,
    message.received_at
FROM unnest(%(ids)s::text[], %(hashes)s::bigint[], %(received)s::timestamptz[]) AS message (id, body_hash, received_at)
ORDER BY message.id
ON CONFLICT (listener, message_id) DO NOTHING
RETURNING message_id;

-- name: known
-- What is known of these messages. Index: primary key.
SELECT message_id, body_hash FROM beat.inbox WHERE listener = %(listener)s AND message_id = ANY(%(ids)s);

-- name: forget_old
-- Messages that nobody repeats any more, some at a time. Index: inbox_handled.
DELETE FROM beat.inbox
WHERE ctid = ANY(ARRAY(
    SELECT ctid FROM beat.inbox WHERE handled_at < now() - %(age)s::interval LIMIT %(limit)s
));
