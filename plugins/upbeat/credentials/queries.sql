-- name: usable_credentials
-- All credentials of a source that a person has left on, with the rest of their cool-down, and in how many seconds they are to be
-- validated again. Index: credential_source.
SELECT id, credentials, handle,
       GREATEST(COALESCE(EXTRACT(EPOCH FROM disabled_till - clock_timestamp()), 0), 0)::float8 AS cooling_seconds,
       needs_validation,
       COALESCE(EXTRACT(EPOCH FROM validate_after - clock_timestamp()), 0)::float8 AS valid_seconds
FROM beat.credential
WHERE source = %(source)s AND enabled AND NOT data_access_expired
ORDER BY id;

-- name: cool_down
-- Rest for a while; ends by itself. Touches nothing else, and never shortens a rest that is longer.
UPDATE beat.credential
SET disabled_till = GREATEST(disabled_till, clock_timestamp() + make_interval(secs => %(seconds)s))
WHERE id = %(id)s;

-- name: refuse
-- Refused by its source: as a cool-down, and not used again before it was validated.
UPDATE beat.credential
SET disabled_till = GREATEST(disabled_till, clock_timestamp() + make_interval(secs => %(seconds)s)),
    needs_validation = true, validate_after = NULL
WHERE id = %(id)s;

-- name: claim_validation
-- Of all workers that find a validation due, one gets a row back and asks; its claim ends by itself.
UPDATE beat.credential
SET validation_lease_until = clock_timestamp() + make_interval(secs => %(lease)s)
WHERE id = %(id)s
  AND (needs_validation OR validate_after <= clock_timestamp())
  AND (validation_lease_until IS NULL OR validation_lease_until <= clock_timestamp())
RETURNING id;

-- name: validation_state
-- What has become of a validation that another worker runs.
SELECT needs_validation, COALESCE(validation_lease_until > clock_timestamp(), false) AS is_asked_about
FROM beat.credential
WHERE id = %(id)s AND enabled;

-- name: record_verdict
-- What the source said. Secrets that were replaced meanwhile are not meant. `disabled_till` grows only.
UPDATE beat.credential
SET needs_validation = %(needs_validation)s,
    validated_at = CASE WHEN %(told)s THEN clock_timestamp() ELSE validated_at END,
    validate_after = CASE WHEN %(needs_validation)s THEN NULL
                          ELSE clock_timestamp() + make_interval(secs => %(again)s) END,
    data_access_expired = CASE WHEN %(told)s THEN %(data_access_expired)s ELSE data_access_expired END,
    disabled_till = CASE WHEN %(rest)s > 0
                         THEN GREATEST(disabled_till, clock_timestamp() + make_interval(secs => %(rest)s))
                         ELSE disabled_till END,
    validation_reason = %(reason)s,
    validation_lease_until = NULL
WHERE id = %(id)s AND credentials = %(credentials)s;

-- name: stored_credentials
-- With their secrets (encrypted), for a validation that a person asked for and for a change of keys.
SELECT id, source, credentials, handle FROM beat.credential ORDER BY source, id;

-- name: reencrypt
-- The same secrets under another key, unless they were replaced meanwhile.
UPDATE beat.credential SET credentials = %(new)s WHERE id = %(id)s AND credentials = %(old)s RETURNING id;

-- name: remove
-- Removed, and noted as the newest change: a message from before that comes late does not bring it back. Noted first, as a
-- listener does, so that the two cannot wait for each other.
WITH noted AS (
    INSERT INTO beat.credential_change AS known (idempotency_key, changed_at, revoked)
    SELECT idempotency_key, clock_timestamp(), true FROM beat.credential WHERE id = %(id)s
    ON CONFLICT (idempotency_key) DO UPDATE
    SET changed_at = GREATEST(known.changed_at, excluded.changed_at), revoked = true
    RETURNING idempotency_key
)
DELETE FROM beat.credential AS gone USING noted
WHERE gone.id = %(id)s AND gone.idempotency_key = noted.idempotency_key
RETURNING gone.id, gone.idempotency_key;

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
    disabled_till = NULL, data_access_expired = false, updated_at = clock_timestamp(),
    needs_validation = true, validated_at = NULL, validate_after = NULL, validation_lease_until = NULL,
    validation_reason = NULL
WHERE id = %(id)s;

-- name: set_handle
UPDATE beat.credential SET handle = %(handle)s, updated_at = clock_timestamp() WHERE id = %(id)s;

-- name: set_enabled
-- A person's act, later than all that was said of it before, whatever the clocks of others say.
UPDATE beat.credential
SET enabled = %(enabled)s, switched_at = greatest(clock_timestamp(), switched_at + interval '1 microsecond'),
    updated_at = clock_timestamp()
WHERE id = %(id)s
RETURNING id;

-- name: list_credentials
-- What people may see: no secrets.
SELECT id, idempotency_key, source, handle, enabled, data_access_expired, disabled_till,
       GREATEST(COALESCE(EXTRACT(EPOCH FROM disabled_till - clock_timestamp()), 0), 0)::float8 AS cooling_seconds,
       needs_validation, validated_at, validation_reason, created_at, updated_at
FROM beat.credential
ORDER BY source, id;
