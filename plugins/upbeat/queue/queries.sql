-- The statements of the task queue, `beat.scrape_request_log`. Times are the database's own: workers' clocks differ.

-- name: enqueue
-- Adds tasks in the order of their keys (unsorted concurrent inserts of the same keys deadlock); a known key adds nothing.
INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, params, priority, account_id, expires_at)
SELECT
    task.idempotency_key,
    task.platform,
    task.flow,
    task.params,
    task.priority,
    task.account_id,
    task.expires_at
FROM
    jsonb_to_recordset(%(tasks)s::jsonb) AS task (
        idempotency_key text,
        platform beat.platform,
        flow text,
        params jsonb,
        priority int,
        account_id text,
        expires_at timestamptz
    )
ORDER BY task.idempotency_key
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING id;

-- name: notify
-- Wakes idle workers: once per enqueued batch, not once per task. Delivered when the transaction commits.
SELECT pg_notify('upbeat_tasks', %(flow)s);

-- name: claim
-- Takes the next runnable tasks of one flow under a lease. Walks the partial index of PENDING rows in claim order.
WITH next AS MATERIALIZED (
    SELECT id
    FROM beat.scrape_request_log
    WHERE
        status = 'PENDING'
        AND platform = %(platform)s::beat.platform
        AND flow = %(flow)s
        AND (expires_at IS NULL OR expires_at > now())
    ORDER BY priority DESC, id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE beat.scrape_request_log AS task
SET
    status = 'PROCESSING',
    picked_at = now(),
    lease_token = gen_random_uuid(),
    lease_until = now() + make_interval(secs => %(lease_seconds)s),
    worker = %(worker)s
FROM next
WHERE task.id = next.id
RETURNING
    task.id,
    task.platform::text,
    task.flow,
    task.params,
    task.priority,
    task.retry_count,
    task.account_id,
    task.lease_token,
    task.expires_at;

-- name: finish
-- Ends or postpones tasks that are still held under the given tokens; the others come back in no row. Locks in id order.
WITH outcome AS MATERIALIZED (
    SELECT *
    FROM
        jsonb_to_recordset(%(outcomes)s::jsonb) AS outcome (
            id bigint,
            token uuid,
            status beat.task_status,
            data jsonb,
            delay float8,
            attempts int
        )
),

held AS MATERIALIZED (
    SELECT
        task.id AS task_id,
        outcome.*
    FROM beat.scrape_request_log AS task
    INNER JOIN outcome ON task.id = outcome.id AND task.lease_token = outcome.token
    WHERE task.status = 'PROCESSING'
    ORDER BY task.id
    FOR UPDATE OF task
)

UPDATE beat.scrape_request_log AS task
SET
    status = held.status,
    data = coalesce(held.data, task.data),
    scraped_at = CASE WHEN held.status IN ('COMPLETE', 'FAILED', 'TIMEOUT') THEN now() END,
    run_after = now() + make_interval(secs => held.delay),
    retry_count = task.retry_count + held.attempts,
    lease_token = NULL,
    lease_until = NULL,
    worker = NULL
FROM held
WHERE task.id = held.task_id
RETURNING task.id;

-- name: heartbeat
-- Extends the leases that are still ours. Rows that are being finished are skipped: waiting for them could deadlock.
WITH held AS MATERIALIZED (
    SELECT task.id
    FROM beat.scrape_request_log AS task
    INNER JOIN
        unnest(%(ids)s::bigint[], %(tokens)s::uuid[]) AS ours (id, token)
        ON task.id = ours.id AND task.lease_token = ours.token
    FOR UPDATE OF task SKIP LOCKED
)
UPDATE beat.scrape_request_log AS task
SET lease_until = now() + make_interval(secs => %(lease_seconds)s)
FROM held
WHERE task.id = held.id
RETURNING task.id;

-- name: give_back
-- Returns tasks that were not run: no attempt is counted. With a delay they wait for it first.
WITH held AS MATERIALIZED (
    SELECT task.id
    FROM beat.scrape_request_log AS task
    INNER JOIN
        unnest(%(ids)s::bigint[], %(tokens)s::uuid[]) AS ours (id, token)
        ON task.id = ours.id AND task.lease_token = ours.token
    WHERE task.status = 'PROCESSING'
    ORDER BY task.id
    FOR UPDATE OF task
)
UPDATE beat.scrape_request_log AS task
SET
    status = CASE WHEN %(delay)s::float8 > 0 THEN 'WAITING' ELSE 'PENDING' END::beat.task_status,
    run_after = CASE WHEN %(delay)s::float8 > 0 THEN now() + make_interval(secs => %(delay)s::float8) END,
    lease_token = NULL,
    lease_until = NULL,
    worker = NULL
FROM held
WHERE task.id = held.id
RETURNING task.id;

-- name: promote_due
-- Makes waiting tasks of these flows whose time has come claimable, the oldest of each flow first, a bounded number at a time.
WITH wanted AS MATERIALIZED (
    SELECT *
    FROM unnest(%(platforms)s::beat.platform[], %(flows)s::text[]) AS wanted (platform, flow)
),

due AS MATERIALIZED (
    SELECT waiting.id
    FROM wanted
    CROSS JOIN LATERAL (
        SELECT task.id
        FROM beat.scrape_request_log AS task
        WHERE
            task.status = 'WAITING'
            AND task.platform = wanted.platform
            AND task.flow = wanted.flow
            AND task.run_after <= now()
        ORDER BY task.run_after
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ) AS waiting
)
UPDATE beat.scrape_request_log AS task
SET status = 'PENDING', run_after = NULL
FROM due
WHERE task.id = due.id
RETURNING task.id;

-- name: expire
-- Ends tasks that nobody ran in time.
WITH overdue AS MATERIALIZED (
    SELECT id
    FROM beat.scrape_request_log
    WHERE status IN ('PENDING', 'WAITING') AND expires_at <= now()
    ORDER BY expires_at
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE beat.scrape_request_log AS task
SET
    status = 'FAILED',
    scraped_at = now(),
    run_after = NULL,
    data = jsonb_build_object(
        'error',
        jsonb_build_object(
            'class', 'Expired', 'message',
            format('not run before it expired at %%s', to_char(task.expires_at, 'YYYY-MM-DD"T"HH24:MI:SSOF'))
        )
    )
FROM overdue
WHERE task.id = overdue.id
RETURNING task.id;

-- name: reap
-- Returns tasks whose worker showed no life for long after the lease ended. A task that has outlived many workers is
-- what kills them, so it fails instead of going round for ever.
WITH stuck AS MATERIALIZED (
    SELECT id
    FROM beat.scrape_request_log
    WHERE status = 'PROCESSING' AND lease_until < now() - make_interval(secs => %(stuck_after)s)
    ORDER BY lease_until
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
UPDATE beat.scrape_request_log AS task
SET
    status = CASE WHEN task.retry_count + 1 < %(crash_limit)s THEN 'PENDING' ELSE 'FAILED' END::beat.task_status,
    scraped_at = CASE WHEN task.retry_count + 1 < %(crash_limit)s THEN NULL ELSE now() END,
    data = CASE
        WHEN task.retry_count + 1 < %(crash_limit)s THEN task.data
        ELSE jsonb_build_object(
            'error',
            jsonb_build_object(
                'class', 'WorkerLost', 'message',
                format('given up: workers were lost while running it, last %%s', task.worker)
            )
        )
    END,
    retry_count = task.retry_count + 1,
    lease_token = NULL,
    lease_until = NULL,
    worker = NULL
FROM stuck
WHERE task.id = stuck.id
RETURNING task.id, task.status::text;

-- name: open_work
-- What is left to do in these flows: is anything claimable, is anything held, and how long until the next waiting task.
-- Idle workers ask this all the time: each answer is the first entry of a partial index, which ORDER BY holds the planner to.
WITH wanted AS MATERIALIZED (
    SELECT *
    FROM unnest(%(platforms)s::beat.platform[], %(flows)s::text[]) AS wanted (platform, flow)
)
SELECT
    EXISTS (
        SELECT FROM wanted
        CROSS JOIN LATERAL (
            SELECT FROM beat.scrape_request_log AS task
            WHERE task.status = 'PENDING' AND task.platform = wanted.platform AND task.flow = wanted.flow
            ORDER BY task.priority DESC, task.id
            LIMIT 1
        ) AS claimable
    ) AS pending,
    EXISTS (
        SELECT FROM wanted
        CROSS JOIN LATERAL (
            SELECT FROM beat.scrape_request_log AS task
            WHERE task.status = 'PROCESSING' AND task.platform = wanted.platform AND task.flow = wanted.flow
            ORDER BY task.lease_until
            LIMIT 1
        ) AS held
    ) AS processing,
    (
        SELECT extract(EPOCH FROM min(waiting.run_after) - now())::float8
        FROM wanted
        CROSS JOIN LATERAL (
            SELECT task.run_after
            FROM beat.scrape_request_log AS task
            WHERE task.status = 'WAITING' AND task.platform = wanted.platform AND task.flow = wanted.flow
            ORDER BY task.run_after
            LIMIT 1
        ) AS waiting
    ) AS next_due_in;

-- name: counts
-- One row per flow and state of what is open, and of what ended within the last hour. A branch per partial index: the
-- ended tasks of all time are not looked at.
WITH shown AS (
    SELECT platform, flow, status, created_at
    FROM beat.scrape_request_log
    WHERE status = 'PENDING'
    UNION ALL
    SELECT platform, flow, status, created_at
    FROM beat.scrape_request_log
    WHERE status = 'WAITING'
    UNION ALL
    SELECT platform, flow, status, created_at
    FROM beat.scrape_request_log
    WHERE status = 'PROCESSING'
    UNION ALL
    SELECT platform, flow, status, created_at
    FROM beat.scrape_request_log
    WHERE scraped_at > now() - interval '1 hour'
)
SELECT
    platform::text,
    flow,
    CASE status WHEN 'WAITING' THEN 'PENDING' ELSE status::text END AS status,
    count(*) AS tasks,
    count(*) FILTER (WHERE status = 'WAITING') AS waiting,
    extract(EPOCH FROM now() - min(created_at))::float8 AS oldest_seconds
FROM shown
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;

-- name: failures
-- The latest tasks that ended badly, with their reason.
SELECT
    id,
    platform::text,
    flow,
    status::text,
    params,
    data -> 'error' ->> 'message' AS reason,
    scraped_at
FROM beat.scrape_request_log
WHERE scraped_at > now() - interval '1 hour' AND status IN ('FAILED', 'TIMEOUT')
ORDER BY scraped_at DESC
LIMIT %(limit)s;

-- name: task
-- Everything about one task. WAITING is internal: outside it is a PENDING task with a time.
SELECT
    id,
    idempotency_key,
    platform::text,
    flow,
    CASE status WHEN 'WAITING' THEN 'PENDING' ELSE status::text END AS status,
    params,
    data,
    priority,
    retry_count,
    account_id,
    created_at,
    picked_at,
    scraped_at,
    expires_at,
    run_after,
    lease_until,
    worker
FROM beat.scrape_request_log
WHERE id = %(id)s;
