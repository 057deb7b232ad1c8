-- name: published
-- The run of each plan whose table stands in `app`, and the newest failure since. Index: sync_run_plan.
SELECT coalesce(json_agg(told ORDER BY told.table), '[]'::json)::text
FROM (
    SELECT
        asked.plan AS "table",
        standing.run_id AS sync_run,
        standing.rows,
        standing.finished_at AS published_at,
        round(extract(EPOCH FROM now() - standing.finished_at)) AS published_age_seconds,
        standing.source_updated_at,
        failed.finished_at AS failed_at
    FROM unnest(%(plans)s::text []) AS asked (plan)
    LEFT JOIN LATERAL (
        SELECT r.id, r.run_id, r.rows, r.finished_at, r.source_updated_at FROM beat.sync_run AS r
        WHERE r.plan = asked.plan AND r.status = 'PUBLISHED'
        ORDER BY r.id DESC
        LIMIT 1
    ) AS standing ON true
    LEFT JOIN LATERAL (
        SELECT r.finished_at FROM beat.sync_run AS r
        WHERE r.plan = asked.plan AND r.status = 'FAILED' AND r.id > coalesce(standing.id, 0)
        ORDER BY r.id DESC
        LIMIT 1
    ) AS failed ON true
) AS told
