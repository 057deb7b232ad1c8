-- What scrape requests read of the queue; WAITING is a matter of ours: outside it is PENDING with a time.

-- name: task
-- One task, of the account where one is given. Index: primary key.
SELECT
    id,
    lower(platform::text) || '.' || flow AS flow,
    CASE status WHEN 'WAITING' THEN 'PENDING' ELSE status::text END AS status,
    params,
    data,
    priority,
    retry_count,
    account_id,
    idempotency_key,
    created_at,
    picked_at,
    scraped_at,
    expires_at,
    run_after
FROM beat.scrape_request_log
WHERE id = %(id)s AND (%(account_id)s::text IS NULL OR account_id = %(account_id)s);

-- name: by_keys
-- The tasks of these keys, and which of them this transaction has added: of two that add the same task at once, one has.
-- Index: the unique one of idempotency_key.
SELECT
    idempotency_key,
    id,
    lower(platform::text) || '.' || flow AS flow,
    params,
    CASE status WHEN 'WAITING' THEN 'PENDING' ELSE status::text END AS status,
    xmin = pg_current_xact_id()::xid AS is_new
FROM beat.scrape_request_log
WHERE idempotency_key = ANY(%(keys)s);

-- name: page
-- Tasks below an id, the newest first; at most `window` ids are looked at, so that a rare filter costs no walk through the
-- whole log. Index: primary key.
SELECT
    id,
    lower(platform::text) || '.' || flow AS flow,
    CASE status WHEN 'WAITING' THEN 'PENDING' ELSE status::text END AS status,
    params,
    data,
    priority,
    retry_count,
    account_id,
    idempotency_key,
    created_at,
    picked_at,
    scraped_at,
    expires_at,
    run_after
FROM beat.scrape_request_log
WHERE
    id < %(before)s AND id >= %(from)s
    AND (%(account_id)s::text IS NULL OR account_id = %(account_id)s)
    AND (%(platform)s::text IS NULL OR platform::text = %(platform)s)
    AND (%(flow)s::text IS NULL OR flow = %(flow)s)
    AND (
        %(status)s::text IS NULL
        OR CASE status WHEN 'WAITING' THEN 'PENDING' ELSE status::text END = %(status)s
    )
ORDER BY id DESC
LIMIT %(limit)s;

-- name: range
-- The first and the last id, and the time. Index: primary key.
SELECT
    coalesce(min(id), 0) AS first,
    coalesce(max(id), 0) AS last,
    clock_timestamp() AS now
FROM beat.scrape_request_log;
