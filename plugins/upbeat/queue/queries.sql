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
ON CONFLICT (idempotency_key) DO NOTHING;

-- name: stage
-- Where a batch is copied to before it is added; of this connection alone, emptied by the end of the transaction.
CREATE TEMPORARY TABLE IF NOT EXISTS upbeat_new_task (
    idempotency_key text,
    platform beat.platform,
    flow text,
    params jsonb,
    priority int,
    account_id text,
    expires_at timestamptz
) ON COMMIT DELETE ROWS;

-- name: copy_to_stage
COPY pg_temp.upbeat_new_task (idempotency_key, platform, flow, params, priority, account_id, expires_at) FROM STDIN;

-- name: enqueue_staged
-- As `enqueue`, from the stage.
INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, params, priority, account_id, expires_at)
SELECT
    idempotency_key,
    platform,
    flow,
    params,
    priority,
    account_id,
    expires_at
FROM pg_temp.upbeat_new_task
ORDER BY idempotency_key
ON CONFLICT (idempotency_key) DO NOTHING;

-- name: claim
-- Takes the next runnable tasks of several flows, of each at most as many as are free, together at most `most`, under one
-- lease. Ready rows are walked in claim order and deleted; a row whose task is not PENDING any more goes with them.
-- Rows are addressed by arrays, not joined: there is no plan but by the index.
-- $1 platforms, $2 flows, $3 free slots of each, $4 most in all, $5 token, $6 worker, $7 seconds of the lease.
WITH picked AS MATERIALIZED (
    DELETE FROM beat.task_ready
    WHERE ctid = ANY(ARRAY(
        SELECT next.ctid
        FROM
            unnest($1::beat.platform[], $2::text[], $3::int[])
                AS wanted (platform, flow, free)
        CROSS JOIN LATERAL (
            SELECT ready.ctid
            FROM beat.task_ready AS ready
            WHERE
                ready.platform = wanted.platform
                AND ready.flow = wanted.flow
                AND (ready.expires_at IS NULL OR ready.expires_at > now())
            ORDER BY ready.priority DESC, ready.id
            LIMIT wanted.free
            FOR UPDATE SKIP LOCKED
        ) AS next
        LIMIT $4::int
    ))
    RETURNING id
),

claimed AS (
    UPDATE beat.scrape_request_log AS task
    SET status = 'PROCESSING', picked_at = now(), lease_token = $5::uuid
    WHERE task.id = ANY(ARRAY(SELECT picked.id FROM picked)) AND task.status = 'PENDING'
    RETURNING
        task.id, task.platform::text, task.flow, task.params::text, task.priority, task.retry_count, task.account_id,
        task.expires_at, starts_with(task.idempotency_key, 'lookup:') AS interactive
),

leased AS (
    INSERT INTO beat.task_lease (token, worker, task_ids, lease_until)
    SELECT
        $5::uuid,
        $6,
        array_agg(id ORDER BY id),
        now() + make_interval(secs => $7::float8)
    FROM claimed
    HAVING count(*) > 0
)

SELECT * FROM claimed;

-- name: enqueue_claimed
-- Adds a task that whoever adds it runs at once, under a lease as after a claim; a known key adds nothing.
WITH added AS (
    INSERT INTO beat.scrape_request_log (
        idempotency_key, platform, flow, status, params, priority, account_id, expires_at, picked_at, lease_token
    )
    VALUES (
        %(idempotency_key)s,
        %(platform)s,
        %(flow)s,
        'PROCESSING',
        %(params)s::jsonb,
        %(priority)s,
        %(account_id)s,
        %(expires_at)s,
        now(),
        %(token)s::uuid
    )
    ON CONFLICT (idempotency_key) DO NOTHING
    RETURNING id
),

leased AS (
    INSERT INTO beat.task_lease (token, worker, task_ids, lease_until)
    SELECT
        %(token)s::uuid,
        %(worker)s,
        ARRAY[id],
        now() + make_interval(secs => %(lease_seconds)s::float8)
    FROM added
)

SELECT id FROM added;

-- name: cancel
-- Ends a task that nobody has claimed. A claim that is about to take it holds its ready row and waits for the task's, so that
-- the ready row is passed over then: the claim drops it.
WITH ended AS (
    UPDATE beat.scrape_request_log AS task
    SET
        status = 'FAILED',
        scraped_at = now(),
        run_after = NULL,
        data = jsonb_build_object('error', jsonb_build_object('class', 'Cancelled', 'message', %(message)s::text))
    WHERE task.id = %(id)s AND task.status IN ('PENDING', 'WAITING')
    RETURNING {ended}
),

withdrawn AS (
    DELETE FROM beat.task_ready
    WHERE ctid = ANY(ARRAY(
        SELECT ready.ctid
        FROM beat.scrape_request_log AS task
        INNER JOIN beat.task_ready AS ready
            ON
                task.platform = ready.platform
                AND task.flow = ready.flow
                AND task.priority = ready.priority
                AND task.id = ready.id
        WHERE task.id = %(id)s AND task.status = 'PENDING'
        FOR UPDATE OF ready SKIP LOCKED
    ))
)
/* task_log */

SELECT id FROM ended;

-- name: finish
-- Ends or postpones tasks that are still held under the given tokens; the others come back in no row. The ids come sorted,
-- so that two of these that meet cannot wait for each other. Nothing waits past its expiry, which promotion then finds.
-- A token is there in PROCESSING alone (a CHECK). To ask for the state too would mislead the planner: statistics from before
-- the claims know no such rows, and it would walk the log and compare each with all outcomes.
WITH ended AS (
    UPDATE beat.scrape_request_log AS task
    SET
        status = outcome.status,
        data = coalesce(outcome.data::jsonb, task.data),
        scraped_at = CASE WHEN outcome.status IN ('COMPLETE', 'FAILED', 'TIMEOUT') THEN now() END,
        run_after = CASE
            WHEN outcome.status = 'WAITING' THEN least(now() + make_interval(secs => outcome.delay), task.expires_at)
        END,
        retry_count = task.retry_count + coalesce(outcome.attempts, 0),
        lease_token = NULL
    FROM
        unnest(
            %(ids)s::bigint[], %(tokens)s::uuid[], %(statuses)s::beat.task_status[],
            %(data)s::text[], %(delays)s::float8[], %(attempts)s::int[]
        ) AS outcome (id, token, status, data, delay, attempts)
    WHERE task.id = outcome.id AND task.lease_token = outcome.token
    RETURNING {ended}
)
/* task_log */

SELECT id FROM ended;

-- name: task_log
-- The tail of `finish`, `expire` and `reap`: an event for each task that they brought to its end, in the same statement.
-- `attempts` are the sources that a task met on its way to an answer, `failures` the reasons of those that gave none. A
-- COMPLETE task may still keep the error of an earlier run: that was not its end. What is not there is left out: half of
-- what an event costs is its bytes. Rows become JSON faster than lists of keys and values do (jsonb_build_object).
INSERT INTO beat.outbox (kind, key, payload, observed_at)
SELECT
    'task_log',
    id::text,
    to_jsonb((
        SELECT always FROM (
            SELECT
                id AS task_id,
                platform,
                flow,
                status,
                priority,
                retry_count,
                created_at,
                picked_at,
                scraped_at
        ) AS always
    ))
    || CASE
        WHEN data IS NULL AND account_id IS NULL THEN '{}'
        ELSE
            jsonb_strip_nulls(to_jsonb((
                SELECT found FROM (
                    SELECT
                        account_id,
                        data ->> 'source' AS source,
                        error ->> 'class' AS error_class,
                        error ->> 'message' AS error_reason,
                        data -> 'attempts' AS attempts,
                        error -> 'sources' AS failures,
                        data -> 'records' AS records
                ) AS found
            )))
    END,
    scraped_at
FROM (
    SELECT
        *,
        CASE WHEN status <> 'COMPLETE' THEN data -> 'error' END AS error
    FROM ended
    WHERE scraped_at IS NOT NULL
) AS task;

-- name: heartbeat
-- Extends the leases that are still there, and drops those whose tasks have all ended.
WITH dropped AS (
    DELETE FROM beat.task_lease
    WHERE token = ANY(%(ended)s::uuid[])
)
UPDATE beat.task_lease
SET lease_until = now() + make_interval(secs => %(lease_seconds)s::float8)
WHERE token = ANY(%(held)s::uuid[])
RETURNING token::text;

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
        WHERE task.platform = wanted.platform AND task.flow = wanted.flow AND task.run_after <= now()
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

-- name: wake
-- The same for those whose time has not come: somebody knows that what they wait for is over, a budget of the day that was raised.
WITH wanted AS MATERIALIZED (
    SELECT *
    FROM unnest(%(platforms)s::beat.platform[], %(flows)s::text[]) AS wanted (platform, flow)
),

waiting AS MATERIALIZED (
    SELECT task.id
    FROM beat.scrape_request_log AS task
    INNER JOIN wanted USING (platform, flow)
    WHERE task.status = 'WAITING'
    LIMIT %(limit)s
    FOR UPDATE OF task SKIP LOCKED
)

UPDATE beat.scrape_request_log AS task
SET status = 'PENDING', run_after = NULL
FROM waiting
WHERE task.id = waiting.id
RETURNING task.id;

-- name: expire
-- Ends tasks that nobody ran in time.
WITH overdue AS MATERIALIZED (
    DELETE FROM beat.task_ready
    WHERE ctid = ANY(ARRAY(
        SELECT ready.ctid
        FROM beat.task_ready AS ready
        WHERE ready.expires_at <= now()
        ORDER BY ready.expires_at
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING id
),

ended AS (
    UPDATE beat.scrape_request_log AS task
    SET
        status = 'FAILED',
        scraped_at = now(),
        data = jsonb_build_object(
            'error',
            jsonb_build_object(
                'class', 'Expired', 'message',
                format('not run before it expired at %%s', to_char(task.expires_at, 'YYYY-MM-DD"T"HH24:MI:SSOF'))
            )
        )
    WHERE task.id = ANY(ARRAY(SELECT overdue.id FROM overdue)) AND task.status = 'PENDING'
    RETURNING {ended}
)
/* task_log */

SELECT id FROM ended;

-- name: reap
-- Returns tasks whose worker showed no life for long after the lease ended. A task that has outlived many workers is
-- what kills them, so it fails instead of going round for ever.
WITH lost AS MATERIALIZED (
    DELETE FROM beat.task_lease
    WHERE token = ANY(ARRAY(
        SELECT lease.token
        FROM beat.task_lease AS lease
        WHERE lease.lease_until < now() - make_interval(secs => %(stuck_after)s::float8)
        ORDER BY lease.lease_until
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    ))
    RETURNING token, worker, task_ids
),

stuck AS MATERIALIZED (
    SELECT held.id, lost.token, lost.worker
    FROM lost
    CROSS JOIN LATERAL unnest(lost.task_ids) AS held (id)
    ORDER BY held.id
),

ended AS (
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
                    format('given up: workers were lost while running it, last %%s', stuck.worker)
                )
            )
        END,
        retry_count = task.retry_count + 1,
        lease_token = NULL
    FROM stuck
    WHERE task.id = stuck.id AND task.lease_token = stuck.token
    RETURNING {ended}
)
/* task_log */

SELECT id FROM ended;

-- name: open_work
-- What is left to do in these flows: is anything claimable, is anything held, and how long until the next waiting task.
-- Idle workers ask this: each answer is the first entry of an index, or among the few leases there are.
WITH wanted AS MATERIALIZED (
    SELECT *
    FROM unnest(%(platforms)s::beat.platform[], %(flows)s::text[]) AS wanted (platform, flow)
)

SELECT
    EXISTS (
        SELECT FROM wanted
        CROSS JOIN LATERAL (
            SELECT FROM beat.task_ready AS ready
            WHERE ready.platform = wanted.platform AND ready.flow = wanted.flow
            ORDER BY ready.priority DESC, ready.id
            LIMIT 1
        ) AS claimable
    ) AS pending,
    EXISTS (
        SELECT FROM beat.task_lease AS lease
        CROSS JOIN LATERAL unnest(lease.task_ids) AS held (id)
        INNER JOIN beat.scrape_request_log AS task ON held.id = task.id AND lease.token = task.lease_token
        INNER JOIN wanted ON task.platform = wanted.platform AND task.flow = wanted.flow
    ) AS processing,
    (
        SELECT extract(EPOCH FROM min(waiting.run_after) - now())::float8
        FROM wanted
        CROSS JOIN LATERAL (
            SELECT task.run_after
            FROM beat.scrape_request_log AS task
            WHERE task.platform = wanted.platform AND task.flow = wanted.flow AND task.run_after IS NOT NULL
            ORDER BY task.run_after
            LIMIT 1
        ) AS waiting
    ) AS next_due_in;

-- name: open_flows
-- Those of these flows that have a task which is claimable, held or waiting.
SELECT
    wanted.platform::text AS platform,
    wanted.flow
FROM unnest(%(platforms)s::beat.platform[], %(flows)s::text[]) AS wanted (platform, flow)
WHERE
    EXISTS (
        SELECT FROM beat.task_ready AS ready
        WHERE ready.platform = wanted.platform AND ready.flow = wanted.flow
    )
    OR EXISTS (
        SELECT FROM beat.scrape_request_log AS waiting
        WHERE waiting.platform = wanted.platform AND waiting.flow = wanted.flow AND waiting.run_after IS NOT NULL
    )
    OR EXISTS (
        SELECT FROM beat.task_lease AS lease
        CROSS JOIN LATERAL unnest(lease.task_ids) AS held (id)
        INNER JOIN beat.scrape_request_log AS task ON held.id = task.id AND lease.token = task.lease_token
        WHERE task.platform = wanted.platform AND task.flow = wanted.flow
    );

-- name: counts
-- One row per flow and state of what is open, and of what ended within the last hour; waiting tasks count as PENDING. The
-- ended tasks of all time are not looked at.
WITH ready AS (
    SELECT
        platform,
        flow,
        count(*) AS tasks,
        min(id) AS oldest
    FROM beat.task_ready
    GROUP BY platform, flow
),

shown AS (
    SELECT ready.platform, ready.flow, 'PENDING' AS status, ready.tasks, 0 AS waiting, task.created_at AS oldest
    FROM ready
    INNER JOIN beat.scrape_request_log AS task ON ready.oldest = task.id
    UNION ALL
    SELECT platform, flow, 'PENDING', count(*), count(*), min(created_at)
    FROM beat.scrape_request_log
    WHERE run_after IS NOT NULL
    GROUP BY platform, flow
    UNION ALL
    SELECT task.platform, task.flow, 'PROCESSING', count(*), 0, min(task.created_at)
    FROM beat.task_lease AS lease
    CROSS JOIN LATERAL unnest(lease.task_ids) AS held (id)
    INNER JOIN beat.scrape_request_log AS task ON held.id = task.id AND lease.token = task.lease_token
    GROUP BY task.platform, task.flow
    UNION ALL
    SELECT platform, flow, status::text, count(*), 0, min(created_at)
    FROM beat.scrape_request_log
    WHERE scraped_at > now() - interval '1 hour'
    GROUP BY platform, flow, status
)

SELECT
    platform::text,
    flow,
    status,
    sum(tasks)::bigint AS tasks,
    sum(waiting)::bigint AS waiting,
    extract(EPOCH FROM now() - min(oldest))::float8 AS oldest_seconds
FROM shown
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;

-- name: ended_last_hour
-- How many tasks ended, and how many of them badly.
SELECT
    count(*) AS ended,
    count(*) FILTER (WHERE status <> 'COMPLETE') AS failed
FROM beat.scrape_request_log
WHERE scraped_at > now() - interval '1 hour';

-- name: old_between
-- How many tasks with ids of this range ended too long ago, and the creation of the range's first: no task ends before it.
SELECT
    count(*) FILTER (WHERE scraped_at < %(before)s) AS old,
    min(created_at) AS first_created
FROM beat.scrape_request_log
WHERE id BETWEEN %(first)s AND %(last)s;

-- name: old_lines_between
-- Those tasks as JSON, locked until the transaction that deletes them is over.
SELECT row_to_json(task)::text AS line
FROM beat.scrape_request_log AS task
WHERE id BETWEEN %(first)s AND %(last)s AND scraped_at < %(before)s
ORDER BY id
FOR UPDATE;

-- name: delete_old_between
DELETE FROM beat.scrape_request_log
WHERE id BETWEEN %(first)s AND %(last)s AND scraped_at < %(before)s;

-- name: next_id
-- The first id from here on: ids have gaps.
SELECT min(id) AS id FROM beat.scrape_request_log WHERE id >= %(first)s;

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
    lease.lease_until,
    lease.worker
FROM beat.scrape_request_log AS task
LEFT JOIN beat.task_lease AS lease ON task.lease_token = lease.token
WHERE id = %(id)s;
