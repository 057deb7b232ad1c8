-- Subjects whose pictures and media are to be kept. What came of an attempt stands in `beat.asset`: what is stored, or known to be gone upstream,
-- is not asked for again.

-- name: posts_without_asset
-- Instagram posts of a span of time of which a picture or film is not kept. Index: instagram_post_published.
SELECT
    post.post_id AS subject,
    jsonb_build_object('post_id', post.post_id) AS params,
    NULL::timestamptz AS last_seen,
    post.published_at AS since,
    NULL::text AS account_id
FROM beat.instagram_post AS post
WHERE
    post.published_at > %(published_after)s AND post.published_at <= %(published_before)s
    AND (
        (
            post.media_url IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM beat.asset
                WHERE
                    asset.platform = post.platform AND asset.subject_kind = 'post_media' AND asset.subject_id = post.post_id
                    AND asset.status <> 'failed'
            )
        )
        OR (
            post.thumbnail_url IS NOT NULL AND post.thumbnail_url IS DISTINCT FROM post.media_url
            AND NOT EXISTS (
                SELECT FROM beat.asset
                WHERE
                    asset.platform = post.platform AND asset.subject_kind = 'thumbnail' AND asset.subject_id = post.post_id
                    AND asset.status <> 'failed'
            )
        )
    );

-- name: stories_without_asset
-- Stories of a span of time whose picture or film is not kept; they live 24 hours.
SELECT
    story.story_id AS subject,
    jsonb_build_object('story_id', story.story_id) AS params,
    NULL::timestamptz AS last_seen,
    story.observed_at AS since,
    NULL::text AS account_id
FROM beat.story AS story
WHERE
    story.observed_at > %(published_after)s AND story.observed_at <= %(published_before)s
    AND story.media_url IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM beat.asset
        WHERE
            asset.platform = story.platform AND asset.subject_kind = 'story_media' AND asset.subject_id = story.story_id
            AND asset.status <> 'failed'
    );

-- name: videos_without_asset
-- YouTube videos of a span of time whose thumbnail is not kept. Index: youtube_post_published.
SELECT
    video.post_id AS subject,
    jsonb_build_object('video_id', video.post_id) AS params,
    NULL::timestamptz AS last_seen,
    video.published_at AS since,
    NULL::text AS account_id
FROM beat.youtube_post AS video
WHERE
    video.published_at > %(published_after)s AND video.published_at <= %(published_before)s
    AND video.thumbnail_url IS NOT NULL
    AND NOT EXISTS (
        SELECT FROM beat.asset
        WHERE
            asset.platform = video.platform AND asset.subject_kind = 'thumbnail' AND asset.subject_id = video.post_id
            AND asset.status <> 'failed'
    );

-- name: collected_accounts
-- Instagram accounts of the creators that are collected, by their ids. Index: instagram_account_handle.
SELECT
    account.profile_id AS subject,
    jsonb_build_object('user_id', account.profile_id) AS params,
    NULL::timestamptz AS last_seen,
    account.observed_at AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.instagram_account AS account
    ON account.platform = creator.platform AND account.handle = creator.handle
WHERE
    creator.platform = %(platform)s::beat.platform AND creator.tier = ANY(%(tiers)s)
    AND account.profile_pic_url IS NOT NULL;

-- name: collected_channels
-- The same for YouTube.
SELECT
    channel.profile_id AS subject,
    jsonb_build_object('channel_id', channel.profile_id) AS params,
    NULL::timestamptz AS last_seen,
    channel.observed_at AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.youtube_account AS channel
    ON channel.platform = creator.platform AND channel.handle = creator.handle
WHERE
    creator.platform = %(platform)s::beat.platform AND creator.tier = ANY(%(tiers)s)
    AND channel.profile_pic_url IS NOT NULL;
