-- Subjects of the parts that enrich and keep assets. What those parts have done is told by the queue: a subject has one task in
-- a window, and the windows of assets are as long as an asset is kept.

-- name: posts_with_media
-- Instagram posts of a span of time: their pictures and films are fetched before the addresses expire. Index: instagram_post_published.
SELECT
    post.post_id AS subject,
    jsonb_build_object('post_id', post.post_id) AS params,
    NULL::timestamptz AS last_seen,
    post.published_at AS since,
    NULL::text AS account_id
FROM beat.instagram_post AS post
WHERE post.published_at > %(published_after)s AND post.published_at <= %(published_before)s;

-- name: stories_with_media
-- Stories of a span of time; they live 24 hours.
SELECT
    story.story_id AS subject,
    jsonb_build_object('story_id', story.story_id) AS params,
    NULL::timestamptz AS last_seen,
    story.observed_at AS since,
    NULL::text AS account_id
FROM beat.story AS story
WHERE story.observed_at > %(published_after)s AND story.observed_at <= %(published_before)s;

-- name: videos_with_thumbnail
-- YouTube videos of a span of time.
SELECT
    video.post_id AS subject,
    jsonb_build_object('video_id', video.post_id) AS params,
    NULL::timestamptz AS last_seen,
    video.published_at AS since,
    NULL::text AS account_id
FROM beat.youtube_post AS video
WHERE video.published_at > %(published_after)s AND video.published_at <= %(published_before)s;

-- name: collected_accounts
-- Instagram accounts of the creators that are collected, by their ids. Index: instagram_account_handle.
SELECT
    account.profile_id AS subject,
    jsonb_build_object('profile_id', account.profile_id) AS params,
    NULL::timestamptz AS last_seen,
    account.observed_at AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.instagram_account AS account
    ON account.platform = creator.platform AND account.handle = creator.handle
WHERE creator.platform = %(platform)s::beat.platform AND creator.tier = ANY(%(tiers)s);

-- name: collected_channels
-- The same for YouTube.
SELECT
    channel.profile_id AS subject,
    jsonb_build_object('profile_id', channel.profile_id) AS params,
    NULL::timestamptz AS last_seen,
    channel.observed_at AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.youtube_account AS channel
    ON channel.platform = creator.platform AND channel.handle = creator.handle
WHERE creator.platform = %(platform)s::beat.platform AND creator.tier = ANY(%(tiers)s);
