-- name: has_schema
SELECT to_regclass('beat.task_lease') AS found;

-- name: running_tasks
-- What workers hold at this moment. A lease that ended is of a worker that is dead.
SELECT
    coalesce(sum(cardinality(task_ids)), 0)::bigint AS tasks,
    count(DISTINCT worker) AS workers,
    coalesce(extract(EPOCH FROM now() - min(claimed_at)), 0)::float8 AS oldest_seconds
FROM beat.task_lease
WHERE lease_until > now();

-- name: waiting_events
SELECT
    count(*) AS events,
    count(*) FILTER (WHERE status = 'CLAIMED') AS claimed
FROM beat.outbox;

-- name: connected
-- By what they call themselves, less the numbers of their processes.
SELECT
    regexp_replace(application_name, ':?[0-9]+$', '') AS application,
    count(*) AS connections
FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name <> ''
GROUP BY 1
ORDER BY 1;
