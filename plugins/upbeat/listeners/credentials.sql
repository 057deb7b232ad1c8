-- The statements of credential updates beside those of `credentials/`.

-- name: note_change
-- The newest change that was told of a credential; no row comes back when a newer one is known. Index: primary key.
INSERT INTO beat.credential_change AS known (idempotency_key, changed_at, revoked)
VALUES (%(key)s, %(changed_at)s, %(revoked)s)
ON CONFLICT (idempotency_key) DO UPDATE SET changed_at = excluded.changed_at, revoked = excluded.revoked
WHERE known.changed_at <= excluded.changed_at
RETURNING changed_at;

-- name: remove_by_key
-- A revoked credential: its secrets are not kept.
DELETE FROM beat.credential WHERE idempotency_key = %(key)s;

-- name: switch
-- On or off, as a message says; what was said later of it stands, by a person too.
UPDATE beat.credential
SET enabled = %(enabled)s, switched_at = %(changed_at)s, updated_at = clock_timestamp()
WHERE id = %(id)s AND (switched_at IS NULL OR switched_at <= %(changed_at)s);

-- name: set_data_access
-- Whether data access has expired. One that is there again is asked about before it is used.
UPDATE beat.credential
SET
    data_access_expired = %(expired)s,
    needs_validation = needs_validation OR NOT %(expired)s,
    validate_after = CASE WHEN %(expired)s THEN validate_after END,
    updated_at = clock_timestamp()
WHERE id = %(id)s AND data_access_expired IS DISTINCT FROM %(expired)s;
