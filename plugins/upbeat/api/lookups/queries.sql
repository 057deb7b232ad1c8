-- What look-ups read.

-- name: instagram_profile
-- The account that had this handle last. Index: instagram_account_handle.
SELECT
    to_jsonb(account) - ARRAY['created_at', 'updated_at'] AS found,
    extract(EPOCH FROM clock_timestamp() - account.observed_at)::float8 AS age_seconds
FROM beat.instagram_account AS account
WHERE account.handle = %(name)s
ORDER BY account.observed_at DESC
LIMIT 1;

-- name: youtube_profile
-- The channel that had this handle last. Index: youtube_account_handle.
SELECT
    to_jsonb(account) - ARRAY['created_at', 'updated_at'] AS found,
    extract(EPOCH FROM clock_timestamp() - account.observed_at)::float8 AS age_seconds
FROM beat.youtube_account AS account
WHERE account.handle = %(name)s
ORDER BY account.observed_at DESC
LIMIT 1;

-- name: instagram_post
-- Index: instagram_post_shortcode.
SELECT
    to_jsonb(post) - ARRAY['created_at', 'updated_at'] AS found,
    extract(EPOCH FROM clock_timestamp() - post.observed_at)::float8 AS age_seconds
FROM beat.instagram_post AS post
WHERE post.shortcode = %(name)s
ORDER BY post.observed_at DESC
LIMIT 1;

-- name: youtube_post
-- Index: primary key.
SELECT
    to_jsonb(post) - ARRAY['created_at', 'updated_at'] AS found,
    extract(EPOCH FROM clock_timestamp() - post.observed_at)::float8 AS age_seconds
FROM beat.youtube_post AS post
WHERE post.platform = 'YOUTUBE' AND post.post_id = %(name)s;

-- name: profile_log
-- The newest observations of a profile: a figure that the last one does not tell is from one before. Index: primary key.
SELECT
    metrics,
    source,
    timestamp,
    raw_object
FROM beat.profile_log
WHERE platform = %(platform)s AND profile_id = %(id)s AND timestamp <= %(until)s
ORDER BY timestamp DESC
LIMIT 50;

-- name: post_log
-- The same of a post.
SELECT
    metrics,
    source,
    timestamp,
    raw_object
FROM beat.post_log
WHERE platform = %(platform)s AND post_id = %(id)s AND timestamp <= %(until)s
ORDER BY timestamp DESC
LIMIT 50;

-- name: newest_task
-- The newest of the look-ups with these keys, but for those that expired. Index: the unique one of idempotency_key.
SELECT
    id,
    status::text,
    data,
    extract(EPOCH FROM clock_timestamp() - scraped_at)::float8 AS ended_seconds
FROM beat.scrape_request_log
WHERE
    idempotency_key = ANY(%(keys)s)
    AND (data -> 'error' ->> 'class') IS DISTINCT FROM 'Expired'
ORDER BY id DESC
LIMIT 1;

-- name: lookup_task
-- One look-up by its number. Index: primary key.
SELECT
    platform::text,
    flow,
    params,
    status::text,
    data
FROM beat.scrape_request_log
WHERE id = %(id)s AND starts_with(idempotency_key, %(interactive)s);
