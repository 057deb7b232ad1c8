-- What storing rows would change: entries of the logs and rows of facts whose parsed form differs from what is stored.

-- name: compare_profiles
SELECT
    told.profile_id AS id,
    told.source,
    told."timestamp" AS observed_at,
    told.raw_object,
    entry.metrics || entry.dimensions AS before,
    told.metrics || told.dimensions AS after
FROM jsonb_populate_recordset(NULL::beat.profile_log, %(rows)s::jsonb) AS told
LEFT JOIN beat.profile_log AS entry USING (platform, profile_id, "timestamp", source)
WHERE
    entry.profile_id IS NULL
    OR (entry.handle, entry.dimensions, entry.metrics) IS DISTINCT FROM (told.handle, told.dimensions, told.metrics);

-- name: compare_posts
SELECT
    told.post_id AS id,
    told.source,
    told."timestamp" AS observed_at,
    told.raw_object,
    entry.metrics || entry.dimensions AS before,
    told.metrics || told.dimensions AS after
FROM jsonb_populate_recordset(NULL::beat.post_log, %(rows)s::jsonb) AS told
LEFT JOIN beat.post_log AS entry USING (platform, post_id, "timestamp", source)
WHERE
    entry.post_id IS NULL
    OR (entry.profile_id, entry.dimensions, entry.metrics)
    IS DISTINCT FROM (told.profile_id, told.dimensions, told.metrics);

-- name: compare_facts
-- For any table of facts, with the rule of its upsert; `differences.py` puts the identifiers in.
SELECT
    concat_ws(':', {key}) AS id,
    told.source,
    told.observed_at,
    told.raw_object,
    to_jsonb(stored) AS before,
    to_jsonb(told) AS after
FROM jsonb_populate_recordset(NULL::{table}, %(rows)s::jsonb) AS told
LEFT JOIN {table} AS stored USING ({key})
WHERE
    stored.observed_at IS NULL
    OR stored.observed_at < told.observed_at
    OR (stored.observed_at = told.observed_at AND ROW({stored}) IS DISTINCT FROM ROW({merged}));
