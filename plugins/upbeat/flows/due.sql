-- From what is known of the subjects of a flow (folder `due/`) to its tasks.

-- name: due
-- The subjects that are due and have no task in this window, never seen ones first. One that nothing was seen of for days is asked
-- about less often: it is gone, private, or was never there. Index: unique key of the queue.
WITH stale AS (
    SELECT
        found.*,
        coalesce(coalesce(found.last_seen, found.since) < %(given_up_before)s, FALSE) AS is_given_up
    FROM {subjects} AS found
    WHERE found.last_seen IS NULL OR found.last_seen <= %(stale_before)s
),

due AS (
    SELECT
        stale.*,
        format(
            '%%s:%%s:%%s', %(flow_key)s::text, stale.subject,
            CASE WHEN stale.is_given_up THEN %(long_window)s::text ELSE %(window)s::text END
        ) AS key
    FROM stale
)

SELECT
    due.key,
    due.params,
    due.account_id,
    due.is_given_up
FROM due
WHERE NOT EXISTS (SELECT FROM beat.scrape_request_log AS task WHERE task.idempotency_key = due.key)
ORDER BY due.last_seen NULLS FIRST, due.key
LIMIT %(limit)s;

-- name: batches
-- Members of one collection are subjects fifty at a time: all are numbered, those that are not due as well, so that a second run in the
-- window finds the same batches under the same keys; members that nothing was seen of for days are batches of their own, named by what
-- is in them.
WITH numbered AS (
    SELECT
        found.*,
        missing.is_missing,
        (row_number() OVER (PARTITION BY found.collection_id, missing.is_missing ORDER BY found.added_at, found.member) - 1) / 50
            AS batch
    FROM {members} AS found
    CROSS JOIN LATERAL (SELECT coalesce(found.observed_at, found.added_at) < %(given_up_before)s AS is_missing) AS missing
)

SELECT
    collection_id || ':'
    || CASE WHEN is_missing THEN 'missing-' || md5(string_agg(member, ',' ORDER BY member)) ELSE batch::text END AS subject,
    jsonb_build_object('collection_id', collection_id, %(batched)s::text, jsonb_agg(member ORDER BY member)) AS params,
    min(observed_at) AS last_seen,
    min(added_at) AS since,
    account_id
FROM numbered
WHERE observed_at IS NULL OR observed_at <= %(stale_before)s
GROUP BY collection_id, account_id, is_missing, batch;

-- name: enqueue
-- Adds tasks in the order of their keys (unsorted concurrent inserts of the same keys deadlock); a known key adds nothing.
INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, params, priority, account_id, expires_at)
SELECT
    task.idempotency_key,
    %(platform)s::beat.platform,
    %(flow)s,
    task.params,
    %(priority)s,
    task.account_id,
    task.expires_at
FROM jsonb_to_recordset(%(tasks)s::jsonb) AS task (idempotency_key text, params jsonb, account_id text, expires_at timestamptz)
ORDER BY task.idempotency_key
ON CONFLICT (idempotency_key) DO NOTHING;
