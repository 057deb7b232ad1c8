-- The log of loads, beat.sync_run.

-- name: begin_run
INSERT INTO beat.sync_run (plan, run_id, staged_object, rows, bytes, sha256, source_updated_at)
VALUES (%(plan)s, %(run_id)s, %(staged_object)s, %(rows)s, %(bytes)s, %(sha256)s, %(source_updated_at)s)
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
UPDATE beat.sync_run SET status = 'PUBLISHED', finished_at = now() WHERE id = %(id)s

-- name: last_published
-- The run whose table stands in `app`. Index: sync_run_plan.
SELECT id, run_id, rows, bytes, sha256, finished_at::text AS published_at
FROM beat.sync_run
WHERE plan = %(plan)s AND status = 'PUBLISHED'
ORDER BY id DESC
LIMIT 1

-- name: take_back_run
UPDATE beat.sync_run SET status = 'ROLLED_BACK', finished_at = now() WHERE id = %(id)s

-- name: lock_plan
-- One load or rollback of a plan at a time; ends with the session.
SELECT pg_try_advisory_lock(hashtextextended('upbeat sync ' || %(plan)s, 0)) AS locked
