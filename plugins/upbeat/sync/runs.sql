-- The log of loads, beat.sync_run.

-- name: begin_run
INSERT INTO beat.sync_run (plan, run_id, staged_object, format, rows, bytes, sha256, source_updated_at)
VALUES (
    %(plan)s, %(run_id)s, %(staged_object)s, %(format)s, %(rows)s, %(bytes)s, %(sha256)s, %(source_updated_at)s
)
RETURNING id

-- name: bury_dead_runs
-- Run under the plan's lock: whatever else says LOADING belongs to a process that is gone.
UPDATE beat.sync_run
SET status = 'FAILED', finished_at = now(), error = 'the process ended before the load did'
WHERE plan = %(plan)s AND status = 'LOADING'

-- name: fail_run
UPDATE beat.sync_run SET status = 'FAILED', finished_at = now(), error = %(error)s
WHERE id = %(id)s AND status = 'LOADING'

-- name: publish_run
-- changed_rows stays null for a swap, which changes all.
UPDATE beat.sync_run
SET status = 'PUBLISHED', finished_at = now(), way = %(way)s, changed_rows = %(changed_rows)s
WHERE id = %(id)s

-- name: last_published
-- The run whose table stands in `app`. Index: sync_run_plan.
SELECT
    id,
    run_id,
    rows,
    bytes,
    sha256,
    coalesce(way, 'swap')::text AS way,
    started_at::text AS started_at,
    finished_at::text AS published_at,
    to_char(source_updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00' AS source_updated_at
FROM beat.sync_run
WHERE plan = %(plan)s AND status = 'PUBLISHED'
ORDER BY id DESC
LIMIT 1

-- name: published_before
-- The run that stood before this one. Index: sync_run_plan.
SELECT run_id, sha256 FROM beat.sync_run
WHERE plan = %(plan)s AND status = 'PUBLISHED' AND id < %(id)s
ORDER BY id DESC
LIMIT 1

-- name: files_of_standing_runs
-- Of each plan those of the run that stands and of the one before, which a rollback may ask for.
SELECT staged_object
FROM (
    SELECT
        staged_object,
        row_number() OVER (PARTITION BY plan ORDER BY id DESC) AS place
    FROM beat.sync_run
    WHERE status = 'PUBLISHED'
) AS published
WHERE place <= 2

-- name: take_back_run
UPDATE beat.sync_run SET status = 'ROLLED_BACK', finished_at = now() WHERE id = %(id)s

-- name: lock_plan
-- One load or rollback of a plan at a time; ends with the session.
SELECT pg_try_advisory_lock(hashtextextended('upbeat sync ' || %(plan)s, 0)) AS locked
