-- What the API reads of credentials; how they are written stands in `credentials/` and `listeners/`.

-- name: page
-- A page of credentials without their secrets. Index: primary key.
SELECT
    id,
    idempotency_key,
    source,
    handle,
    enabled,
    data_access_expired,
    disabled_till,
    greatest(coalesce(extract(EPOCH FROM disabled_till - clock_timestamp()), 0), 0)::float8 AS cooling_seconds,
    needs_validation,
    validated_at,
    validation_reason,
    created_at,
    updated_at
FROM beat.credential
WHERE id > %(after)s AND (%(source)s::text IS NULL OR source = %(source)s)
ORDER BY id
LIMIT %(limit)s;

-- name: one
-- The same of one. Index: primary key.
SELECT
    id,
    idempotency_key,
    source,
    handle,
    enabled,
    data_access_expired,
    disabled_till,
    greatest(coalesce(extract(EPOCH FROM disabled_till - clock_timestamp()), 0), 0)::float8 AS cooling_seconds,
    needs_validation,
    validated_at,
    validation_reason,
    created_at,
    updated_at
FROM beat.credential
WHERE id = %(id)s;

-- name: id_of
-- Index: the unique one of idempotency_key.
SELECT id FROM beat.credential WHERE idempotency_key = %(key)s;

-- name: next_change
-- The time of a change that comes after all that are known, whatever the clocks say. Indexes: primary key, idempotency_key.
SELECT
    greatest(
        clock_timestamp(),
        (
            SELECT changed_at + interval '1 microsecond' FROM beat.credential_change
            WHERE idempotency_key = %(key)s
        ),
        (SELECT switched_at + interval '1 microsecond' FROM beat.credential WHERE idempotency_key = %(key)s)
    );

-- name: now
SELECT clock_timestamp();
