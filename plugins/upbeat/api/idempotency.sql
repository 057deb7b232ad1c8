-- name: wait_for_key
-- One request with this key at a time; a second one waits for the first to be committed, though not for ever. It is a statement of
-- its own: the next one has to see what the first has committed. The locks of the request itself wait as long as ever.
SELECT set_config('lock_timeout', %(wait)s, true), pg_advisory_xact_lock(hashtextextended(%(key_id)s || ' ' || %(idempotency_key)s, 17)),
       set_config('lock_timeout', '0', true);

-- name: find_answer
-- What was answered to this key, and to which request.
SELECT request_hash, status, answer::text FROM beat.api_request
WHERE key_id = %(key_id)s AND idempotency_key = %(idempotency_key)s;

-- name: keep_answer
-- In the transaction of the request's effect. Read back, so that the first answer is a repeat's byte for byte.
INSERT INTO beat.api_request (key_id, idempotency_key, request_hash, status, answer)
VALUES (%(key_id)s, %(idempotency_key)s, %(request_hash)s, %(status)s, %(answer)s::jsonb)
RETURNING answer::text;

-- name: forget_answers
-- A few of those that were kept long enough; the effects of their requests stay. Every answer that is kept takes more away than it adds,
-- so that the table holds the requests of about that time. Rows that another request takes away just now are left to it.
DELETE FROM beat.api_request AS old USING (
    SELECT key_id, idempotency_key FROM beat.api_request WHERE created_at < now() - %(kept)s::interval
    ORDER BY created_at LIMIT 10 FOR UPDATE SKIP LOCKED
) AS found
WHERE old.key_id = found.key_id AND old.idempotency_key = found.idempotency_key;
