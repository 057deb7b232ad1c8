-- YouTube videos and comments of tracked channels.

-- name: newest_videos
-- Tracked channels by their ids, with the time at which the newest of their videos were last seen: five of them, for the very newest
-- may be deleted. Index: youtube_account_handle, youtube_post_of_account.
SELECT DISTINCT
    account.profile_id AS subject,
    jsonb_build_object('channel_id', account.profile_id) AS params,
    newest.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.youtube_account AS account ON account.platform = creator.platform AND account.handle = creator.handle
LEFT JOIN LATERAL (
    SELECT max(five.observed_at) AS observed_at
    FROM (
        SELECT video.observed_at
        FROM beat.youtube_post AS video
        WHERE video.platform = account.platform AND video.profile_id = account.profile_id
        ORDER BY video.published_at DESC NULLS LAST
        LIMIT 5
    ) AS five
) AS newest ON TRUE
WHERE creator.platform = %(platform)s::beat.platform AND creator.tier = ANY(%(tiers)s);

-- name: videos_of_age
-- The videos of tracked channels that were published in a span of time, fifty in one task. All of them are numbered, those that are
-- not due as well: a second run in the window finds the same batches under the same keys. Index: youtube_post_published.
SELECT
    batched.batch::text AS subject,
    jsonb_build_object('video_ids', jsonb_agg(batched.post_id ORDER BY batched.post_id)) AS params,
    min(batched.observed_at) AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM (
    SELECT
        video.post_id,
        video.observed_at,
        (row_number() OVER (ORDER BY video.published_at, video.post_id) - 1) / 50 AS batch
    FROM beat.youtube_post AS video
    INNER JOIN beat.youtube_account AS account ON account.platform = video.platform AND account.profile_id = video.profile_id
    INNER JOIN beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
        ON creator.platform = account.platform AND creator.handle = account.handle
    WHERE
        video.published_at > %(published_after)s
        AND video.published_at <= %(published_before)s
        AND creator.tier = ANY(%(tiers)s)
) AS batched
WHERE batched.observed_at <= %(stale_before)s
GROUP BY batched.batch;

-- name: commented_videos
-- The same videos one by one, with the time at which their comments were last read; videos without comments have none to read.
-- Index: youtube_post_published, comment_post_id.
SELECT
    video.post_id AS subject,
    jsonb_build_object('video_id', video.post_id) AS params,
    read.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.youtube_post AS video
INNER JOIN beat.youtube_account AS account ON account.platform = video.platform AND account.profile_id = video.profile_id
INNER JOIN beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
    ON creator.platform = account.platform AND creator.handle = account.handle
LEFT JOIN LATERAL (
    SELECT max(comment.observed_at) AS observed_at
    FROM beat.comment AS comment
    WHERE comment.platform = video.platform AND comment.post_id = video.post_id
) AS read ON TRUE
WHERE
    video.published_at > %(published_after)s
    AND video.published_at <= %(published_before)s
    AND video.comments_count IS DISTINCT FROM 0
    AND creator.tier = ANY(%(tiers)s);
