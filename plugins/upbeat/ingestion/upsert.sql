-- The upsert of one table of current rows; `upsert.py` puts the identifiers in.

-- name: upsert
-- Merges the rows and writes an event for each row that changed.
WITH merged AS (
    INSERT INTO {table} AS current ({columns})
    SELECT {columns}
    FROM jsonb_populate_recordset(NULL::{table}, %(rows)s::jsonb)
    ON CONFLICT ({key}) DO UPDATE SET
        ({changed}) = ROW({told}), observed_at = excluded.observed_at, updated_at = now()
    WHERE
        current.observed_at < excluded.observed_at
        OR (current.observed_at = excluded.observed_at AND ROW({stored}) IS DISTINCT FROM ROW({told}))
    RETURNING {columns}
)

INSERT INTO beat.outbox (kind, key, payload, observed_at)
SELECT
    %(event)s,
    concat_ws(':', {key}),
    to_jsonb(merged),
    observed_at
FROM merged;

-- name: upsert_silently
-- The same for a table that nobody downstream is told of.
INSERT INTO {table} AS current ({columns})
SELECT {columns}
FROM jsonb_populate_recordset(NULL::{table}, %(rows)s::jsonb)
ON CONFLICT ({key}) DO UPDATE SET
    ({changed}) = ROW({told}), observed_at = excluded.observed_at, updated_at = now()
WHERE
    current.observed_at < excluded.observed_at
    OR (current.observed_at = excluded.observed_at AND ROW({stored}) IS DISTINCT FROM ROW({told}));
