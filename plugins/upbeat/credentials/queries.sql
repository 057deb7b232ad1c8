-- name: usable_credentials
-- All credentials of a source that a person has left on, with the rest of their cool-down. Index: credential_source.
SELECT id, credentials, handle,
       GREATEST(COALESCE(EXTRACT(EPOCH FROM disabled_till - clock_timestamp()), 0), 0)::float8 AS cooling_seconds
FROM beat.credential
WHERE source = %(source)s AND enabled AND NOT data_access_expired
ORDER BY id;

-- name: cool_down
-- Rest for a while; ends by itself. Touches nothing else, and never shortens a rest that is longer.
UPDATE beat.credential
SET disabled_till = GREATEST(disabled_till, clock_timestamp() + make_interval(secs => %(seconds)s))
WHERE id = %(id)s;

-- name: find_by_key
-- The stored credential of this name, locked until the end of the transaction.
SELECT id, credentials, handle FROM beat.credential WHERE idempotency_key = %(key)s FOR UPDATE;

-- name: insert
-- A new credential; a concurrent insert of the same name makes this one do nothing.
INSERT INTO beat.credential (idempotency_key, source, credentials, handle)
VALUES (%(key)s, %(source)s, %(credentials)s, %(handle)s)
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING id;

-- name: replace_secrets
-- Other secrets under the same name: they are usable at once. `enabled` stays a person's act.
UPDATE beat.credential
SET credentials = %(credentials)s, handle = COALESCE(%(handle)s, handle),
    disabled_till = NULL, data_access_expired = false, updated_at = clock_timestamp()
WHERE id = %(id)s;

-- name: set_handle
UPDATE beat.credential SET handle = %(handle)s, updated_at = clock_timestamp() WHERE id = %(id)s;

-- name: set_enabled
-- A person's act.
UPDATE beat.credential SET enabled = %(enabled)s, updated_at = clock_timestamp() WHERE id = %(id)s RETURNING id;

-- name: list_credentials
-- What people may see: no secrets.
SELECT id, idempotency_key, source, handle, enabled, data_access_expired, disabled_till,
       GREATEST(COALESCE(EXTRACT(EPOCH FROM disabled_till - clock_timestamp()), 0), 0)::float8 AS cooling_seconds,
       created_at, updated_at
FROM beat.credential
ORDER BY source, id;
