-- What a replay would change: entries of the logs whose parsed form differs from what is stored.

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

-- name: task_pointers
-- Where the raw answers of one task lie.
SELECT data -> 'raw' AS pointers
FROM beat.scrape_request_log
WHERE id = %(id)s;
