-- From what is known of the subjects of a flow (folder `due/`) to its tasks.

-- name: due
-- The subjects that are due and have no task in this window, never seen ones first. One that nothing was seen of for days is asked
-- about less often: it is gone, private, or was never there. Index: unique key of the queue.
WITH due AS (
    SELECT
        found.*,
        format(
            '%%s:%%s:%%s', %(flow_key)s::text, found.subject,
            CASE WHEN coalesce(found.last_seen, found.since) < %(given_up_before)s THEN %(long_window)s::text ELSE %(window)s::text END
        ) AS key
    FROM {subjects} AS found
    WHERE found.last_seen IS NULL OR found.last_seen <= %(stale_before)s
)

SELECT
    due.key,
    due.params,
    due.account_id
FROM due
WHERE NOT EXISTS (SELECT FROM beat.scrape_request_log AS task WHERE task.idempotency_key = due.key)
ORDER BY due.last_seen NULLS FIRST, due.key
LIMIT %(limit)s;

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
    %(expires_at)s
FROM jsonb_to_recordset(%(tasks)s::jsonb) AS task (idempotency_key text, params jsonb, account_id text)
ORDER BY task.idempotency_key
ON CONFLICT (idempotency_key) DO NOTHING;
