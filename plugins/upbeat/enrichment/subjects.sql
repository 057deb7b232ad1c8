-- The public text of creators as it was collected: what a question may show a model, and nothing else. Private accounts are told apart,
-- so that they are never sent.

-- name: account_by_handle
-- The account that bore the handle last. Index: instagram_account_handle.
SELECT account.profile_id
FROM beat.instagram_account AS account
WHERE account.platform = 'INSTAGRAM' AND account.handle = %(handle)s
ORDER BY account.observed_at DESC, account.profile_id
LIMIT 1;

-- name: channel_by_handle
-- The same for YouTube. Index: youtube_account_handle.
SELECT channel.profile_id
FROM beat.youtube_account AS channel
WHERE channel.platform = 'YOUTUBE' AND channel.handle = %(handle)s
ORDER BY channel.observed_at DESC, channel.profile_id
LIMIT 1;

-- name: accounts
-- Instagram accounts with the captions of their newest posts that have one. Indexes: primary key, instagram_post_of_account.
SELECT
    account.platform::text AS platform,
    account.profile_id,
    account.handle,
    account.biography,
    coalesce(account.is_private, FALSE) AS is_private,
    ARRAY(
        SELECT post.caption
        FROM beat.instagram_post AS post
        WHERE post.platform = account.platform AND post.profile_id = account.profile_id AND btrim(post.caption) <> ''
        ORDER BY post.published_at DESC NULLS LAST, post.post_id
        LIMIT %(captions)s
    ) AS captions
FROM beat.instagram_account AS account
WHERE account.platform = 'INSTAGRAM' AND account.profile_id = ANY(%(profile_ids)s)
ORDER BY account.profile_id;

-- name: channels
-- YouTube channels with the titles and descriptions of their newest videos. Indexes: primary key, youtube_post_of_account.
SELECT
    channel.platform::text AS platform,
    channel.profile_id,
    channel.handle,
    channel.biography,
    FALSE AS is_private,
    ARRAY(
        SELECT concat_ws(E'\n', nullif(btrim(video.title), ''), nullif(btrim(video.caption), ''))
        FROM beat.youtube_post AS video
        WHERE
            video.platform = channel.platform
            AND video.profile_id = channel.profile_id
            AND btrim(concat(video.title, video.caption)) <> ''
        ORDER BY video.published_at DESC NULLS LAST, video.post_id
        LIMIT %(captions)s
    ) AS captions
FROM beat.youtube_account AS channel
WHERE channel.platform = 'YOUTUBE' AND channel.profile_id = ANY(%(profile_ids)s)
ORDER BY channel.profile_id;
