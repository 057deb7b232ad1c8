-- Instagram posts and comments of tracked creators.

-- name: newest_posts
-- Tracked creators by their handles, with the time at which the newest of their posts were last seen: five of them, for the very
-- newest may be deleted. Index: instagram_account_handle, instagram_post_of_account.
SELECT
    creator.handle AS subject,
    jsonb_build_object('handle', creator.handle) AS params,
    newest.observed_at AS last_seen,
    CASE WHEN account.profile_id IS NULL OR account.is_private THEN '-infinity'::timestamptz END AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
LEFT JOIN LATERAL (
    SELECT
        known.profile_id,
        known.is_private
    FROM beat.instagram_account AS known
    WHERE known.platform = creator.platform AND known.handle = creator.handle
    ORDER BY known.observed_at DESC
    LIMIT 1
) AS account ON TRUE
LEFT JOIN LATERAL (
    SELECT max(five.observed_at) AS observed_at
    FROM (
        SELECT post.observed_at
        FROM beat.instagram_post AS post
        WHERE post.platform = creator.platform AND post.profile_id = account.profile_id
        ORDER BY post.published_at DESC NULLS LAST
        LIMIT 5
    ) AS five
) AS newest ON TRUE
WHERE creator.platform = %(platform)s::beat.platform AND creator.tier = ANY(%(tiers)s);

-- name: posts_of_age
-- The posts of tracked creators that were published in a span of time. Index: instagram_post_published.
SELECT
    post.shortcode AS subject,
    jsonb_build_object('shortcode', post.shortcode) AS params,
    post.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.instagram_post AS post
INNER JOIN beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
    ON creator.platform = post.platform AND creator.handle = post.handle
WHERE
    post.published_at > %(published_after)s
    AND post.published_at <= %(published_before)s
    AND post.shortcode IS NOT NULL
    AND creator.tier = ANY(%(tiers)s);

-- name: commented_posts
-- The same by their ids, with the time at which their comments were last read; posts without comments have none to read.
-- Index: instagram_post_published, comment_post_id.
SELECT
    post.post_id AS subject,
    jsonb_build_object('post_id', post.post_id) AS params,
    read.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.instagram_post AS post
INNER JOIN beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
    ON creator.platform = post.platform AND creator.handle = post.handle
LEFT JOIN LATERAL (
    SELECT max(comment.observed_at) AS observed_at
    FROM beat.comment AS comment
    WHERE comment.platform = post.platform AND comment.post_id = post.post_id
) AS read ON TRUE
WHERE
    post.published_at > %(published_after)s
    AND post.published_at <= %(published_before)s
    AND post.comments_count IS DISTINCT FROM 0
    AND creator.tier = ANY(%(tiers)s);
