-- What the product's collections and campaigns follow, while they run and for some days more. The first four tell members of collections,
-- which are asked for in batches (`due.sql`).

-- name: posts_of_collections
-- Index: instagram_post_shortcode.
SELECT
    measured.collection_id,
    measured.account_id,
    item.shortcode AS member,
    item.added_at,
    post.observed_at
FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
INNER JOIN coffee.collection_post AS item ON item.collection_id = measured.collection_id
LEFT JOIN LATERAL (
    SELECT max(known.observed_at) AS observed_at
    FROM beat.instagram_post AS known
    WHERE known.shortcode = item.shortcode
) AS post ON TRUE
WHERE item.platform = %(platform)s::beat.platform;

-- name: videos_of_collections
-- Index: primary key of youtube_post.
SELECT
    measured.collection_id,
    measured.account_id,
    item.shortcode AS member,
    item.added_at,
    video.observed_at
FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
INNER JOIN coffee.collection_post AS item ON item.collection_id = measured.collection_id
LEFT JOIN beat.youtube_post AS video ON video.platform = item.platform AND video.post_id = item.shortcode
WHERE item.platform = %(platform)s::beat.platform;

-- name: profiles_of_collections
-- Index: instagram_account_handle.
SELECT
    measured.collection_id,
    measured.account_id,
    item.handle AS member,
    item.added_at,
    profile.observed_at
FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
INNER JOIN coffee.collection_profile AS item ON item.collection_id = measured.collection_id
LEFT JOIN LATERAL (
    SELECT max(known.observed_at) AS observed_at
    FROM beat.instagram_account AS known
    WHERE known.handle = item.handle
) AS profile ON TRUE
WHERE item.platform = %(platform)s::beat.platform;

-- name: channels_of_collections
-- Channels whose id the product told, or that were collected by their handle before. Index: youtube_account_handle, primary key.
WITH identified AS (
    SELECT
        measured.collection_id,
        measured.account_id,
        item.added_at,
        coalesce(item.profile_id, known.profile_id) AS channel_id
    FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
    INNER JOIN coffee.collection_profile AS item ON item.collection_id = measured.collection_id
    LEFT JOIN LATERAL (
        SELECT account.profile_id
        FROM beat.youtube_account AS account
        WHERE account.handle = item.handle
        ORDER BY account.observed_at DESC
        LIMIT 1
    ) AS known ON TRUE
    WHERE item.platform = %(platform)s::beat.platform
)

SELECT
    identified.collection_id,
    identified.account_id,
    identified.channel_id AS member,
    min(identified.added_at) AS added_at,
    min(channel.observed_at) AS observed_at
FROM identified
LEFT JOIN beat.youtube_account AS channel
    ON channel.platform = 'YOUTUBE' AND channel.profile_id = identified.channel_id
WHERE identified.channel_id ~ '^UC[\w-]{22}$'
GROUP BY identified.collection_id, identified.account_id, identified.channel_id;

-- name: unknown_channels_of_measured
-- Channels of collections and campaigns that are known by their handle alone, so far. Index: youtube_account_handle.
SELECT
    creator.handle AS subject,
    jsonb_build_object('handle', creator.handle) AS params,
    NULL::timestamptz AS last_seen,
    '-infinity'::timestamptz AS since,
    min(creator.account_id) AS account_id
FROM beat.measured_creator(%(today)s, %(days_after_end)s) AS creator
WHERE
    creator.platform = %(platform)s::beat.platform
    AND NOT EXISTS (SELECT FROM beat.youtube_account AS account WHERE account.handle = creator.handle)
GROUP BY creator.handle;

-- name: newest_posts_of_measured
-- Instagram creators of collections and campaigns, with the time at which the newest of their posts were last seen; those whose
-- profile was not collected yet wait for it. Index: instagram_account_handle, instagram_post_of_account.
SELECT
    creator.handle AS subject,
    jsonb_build_object('handle', creator.handle) AS params,
    max(newest.observed_at) AS last_seen,
    CASE WHEN bool_and(account.is_private) THEN '-infinity'::timestamptz END AS since,
    min(creator.account_id) AS account_id
FROM beat.measured_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.instagram_account AS account ON account.platform = creator.platform AND account.handle = creator.handle
LEFT JOIN LATERAL (
    SELECT post.observed_at
    FROM beat.instagram_post AS post
    WHERE post.platform = account.platform AND post.profile_id = account.profile_id
    ORDER BY post.published_at DESC NULLS LAST
    LIMIT 5
) AS newest ON TRUE
WHERE creator.platform = %(platform)s::beat.platform
GROUP BY creator.handle;

-- name: newest_videos_of_measured
-- The same for channels. Index: youtube_account_handle, youtube_post_of_account.
SELECT
    account.profile_id AS subject,
    jsonb_build_object('channel_id', account.profile_id) AS params,
    max(newest.observed_at) AS last_seen,
    NULL::timestamptz AS since,
    min(creator.account_id) AS account_id
FROM beat.measured_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.youtube_account AS account ON account.platform = creator.platform AND account.handle = creator.handle
LEFT JOIN LATERAL (
    SELECT video.observed_at
    FROM beat.youtube_post AS video
    WHERE video.platform = account.platform AND video.profile_id = account.profile_id
    ORDER BY video.published_at DESC NULLS LAST
    LIMIT 5
) AS newest ON TRUE
WHERE creator.platform = %(platform)s::beat.platform
GROUP BY account.profile_id;

-- name: stories_of_measured
-- Instagram creators of collections and campaigns by their user ids; stories tell no time at which there were none: the window alone
-- says when. Private accounts show none, and the Graph API's own ids are no user ids. Index: instagram_account_handle.
SELECT
    account.profile_id AS subject,
    jsonb_build_object('user_id', account.profile_id) AS params,
    NULL::timestamptz AS last_seen,
    NULL::timestamptz AS since,
    min(creator.account_id) AS account_id
FROM beat.measured_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.instagram_account AS account ON account.platform = creator.platform AND account.handle = creator.handle
WHERE
    creator.platform = %(platform)s::beat.platform
    AND account.is_private IS NOT TRUE
    AND account.profile_id !~ '^17841\d{12}$'
GROUP BY account.profile_id;

-- name: hashtags_of_collections
-- Hashtags of collections; a list of posts tells no time at which there were none: the window alone says when.
SELECT
    item.hashtag AS subject,
    jsonb_build_object('hashtag', item.hashtag) AS params,
    NULL::timestamptz AS last_seen,
    NULL::timestamptz AS since,
    min(measured.account_id) AS account_id
FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
INNER JOIN coffee.collection_hashtag AS item ON item.collection_id = measured.collection_id
WHERE item.platform = %(platform)s::beat.platform
GROUP BY item.hashtag;

-- name: hashtag_searches_of_collections
-- The same as what is searched for, where a platform has no list of a hashtag's posts.
SELECT
    '#' || item.hashtag AS subject,
    jsonb_build_object('query', '#' || item.hashtag) AS params,
    NULL::timestamptz AS last_seen,
    NULL::timestamptz AS since,
    min(measured.account_id) AS account_id
FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
INNER JOIN coffee.collection_hashtag AS item ON item.collection_id = measured.collection_id
WHERE item.platform = %(platform)s::beat.platform
GROUP BY item.hashtag;

-- name: keywords_of_collections
-- Keywords of collections; the window alone says when.
SELECT
    item.keyword AS subject,
    jsonb_build_object('query', item.keyword) AS params,
    NULL::timestamptz AS last_seen,
    NULL::timestamptz AS since,
    min(measured.account_id) AS account_id
FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
INNER JOIN coffee.keyword_collection AS item ON item.collection_id = measured.collection_id
WHERE item.platform = %(platform)s::beat.platform
GROUP BY item.keyword;

-- name: comments_of_collection_posts
-- The Instagram posts of collections that were collected, with the time at which their comments were last read.
-- Index: instagram_post_shortcode, comment_post_id.
SELECT
    post.post_id AS subject,
    jsonb_build_object('post_id', post.post_id) AS params,
    read.observed_at AS last_seen,
    NULL::timestamptz AS since,
    min(measured.account_id) AS account_id
FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
INNER JOIN coffee.collection_post AS item ON item.collection_id = measured.collection_id
INNER JOIN beat.instagram_post AS post ON post.platform = item.platform AND post.shortcode = item.shortcode
LEFT JOIN LATERAL (
    SELECT max(comment.observed_at) AS observed_at
    FROM beat.comment AS comment
    WHERE comment.platform = post.platform AND comment.post_id = post.post_id
) AS read ON TRUE
WHERE post.comments_count IS DISTINCT FROM 0
GROUP BY post.post_id, read.observed_at;

-- name: comments_of_collection_videos
-- The same for YouTube. Index: primary key of youtube_post, comment_post_id.
SELECT
    video.post_id AS subject,
    jsonb_build_object('video_id', video.post_id) AS params,
    read.observed_at AS last_seen,
    NULL::timestamptz AS since,
    min(measured.account_id) AS account_id
FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
INNER JOIN coffee.collection_post AS item ON item.collection_id = measured.collection_id
INNER JOIN beat.youtube_post AS video ON video.platform = item.platform AND video.post_id = item.shortcode
LEFT JOIN LATERAL (
    SELECT max(comment.observed_at) AS observed_at
    FROM beat.comment AS comment
    WHERE comment.platform = video.platform AND comment.post_id = video.post_id
) AS read ON TRUE
WHERE video.comments_count IS DISTINCT FROM 0
GROUP BY video.post_id, read.observed_at;
