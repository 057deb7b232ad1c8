-- What the product's collections and campaigns follow, while they run and for some days more. Members of one collection are asked for
-- fifty in a task: all are numbered, those that are not due as well, so that a second run in the window finds the same batches under
-- the same keys; members that nothing was seen of for days are batches of their own, named by what is in them.

-- name: posts_of_collections
-- Index: instagram_post_shortcode.
WITH member AS (
    SELECT
        measured.collection_id,
        measured.account_id,
        item.shortcode,
        item.added_at,
        post.observed_at,
        coalesce(post.observed_at, item.added_at) < %(given_up_before)s AS is_missing
    FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
    INNER JOIN coffee.collection_post AS item ON item.collection_id = measured.collection_id
    LEFT JOIN LATERAL (
        SELECT max(known.observed_at) AS observed_at
        FROM beat.instagram_post AS known
        WHERE known.shortcode = item.shortcode
    ) AS post ON TRUE
    WHERE item.platform = %(platform)s::beat.platform
),

batched AS (
    SELECT
        member.*,
        (row_number() OVER (PARTITION BY collection_id, is_missing ORDER BY added_at, shortcode) - 1) / 50 AS batch
    FROM member
)

SELECT
    collection_id || ':'
    || CASE WHEN is_missing THEN 'missing-' || md5(string_agg(shortcode, ',' ORDER BY shortcode)) ELSE batch::text END AS subject,
    jsonb_build_object('collection_id', collection_id, 'shortcodes', jsonb_agg(shortcode ORDER BY shortcode)) AS params,
    min(observed_at) AS last_seen,
    min(added_at) AS since,
    account_id
FROM batched
WHERE observed_at IS NULL OR observed_at <= %(stale_before)s
GROUP BY collection_id, account_id, is_missing, batch;

-- name: videos_of_collections
-- Index: primary key of youtube_post.
WITH member AS (
    SELECT
        measured.collection_id,
        measured.account_id,
        item.shortcode,
        item.added_at,
        video.observed_at,
        coalesce(video.observed_at, item.added_at) < %(given_up_before)s AS is_missing
    FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
    INNER JOIN coffee.collection_post AS item ON item.collection_id = measured.collection_id
    LEFT JOIN beat.youtube_post AS video ON video.platform = item.platform AND video.post_id = item.shortcode
    WHERE item.platform = %(platform)s::beat.platform
),

batched AS (
    SELECT
        member.*,
        (row_number() OVER (PARTITION BY collection_id, is_missing ORDER BY added_at, shortcode) - 1) / 50 AS batch
    FROM member
)

SELECT
    collection_id || ':'
    || CASE WHEN is_missing THEN 'missing-' || md5(string_agg(shortcode, ',' ORDER BY shortcode)) ELSE batch::text END AS subject,
    jsonb_build_object('collection_id', collection_id, 'video_ids', jsonb_agg(shortcode ORDER BY shortcode)) AS params,
    min(observed_at) AS last_seen,
    min(added_at) AS since,
    account_id
FROM batched
WHERE observed_at IS NULL OR observed_at <= %(stale_before)s
GROUP BY collection_id, account_id, is_missing, batch;

-- name: profiles_of_collections
-- Index: instagram_account_handle.
WITH member AS (
    SELECT
        measured.collection_id,
        measured.account_id,
        item.handle,
        item.added_at,
        profile.observed_at,
        coalesce(profile.observed_at, item.added_at) < %(given_up_before)s AS is_missing
    FROM beat.measured_collection(%(today)s, %(days_after_end)s) AS measured
    INNER JOIN coffee.collection_profile AS item ON item.collection_id = measured.collection_id
    LEFT JOIN LATERAL (
        SELECT max(known.observed_at) AS observed_at
        FROM beat.instagram_account AS known
        WHERE known.handle = item.handle
    ) AS profile ON TRUE
    WHERE item.platform = %(platform)s::beat.platform
),

batched AS (
    SELECT
        member.*,
        (row_number() OVER (PARTITION BY collection_id, is_missing ORDER BY added_at, handle) - 1) / 50 AS batch
    FROM member
)

SELECT
    collection_id || ':'
    || CASE WHEN is_missing THEN 'missing-' || md5(string_agg(handle, ',' ORDER BY handle)) ELSE batch::text END AS subject,
    jsonb_build_object('collection_id', collection_id, 'handles', jsonb_agg(handle ORDER BY handle)) AS params,
    min(observed_at) AS last_seen,
    min(added_at) AS since,
    account_id
FROM batched
WHERE observed_at IS NULL OR observed_at <= %(stale_before)s
GROUP BY collection_id, account_id, is_missing, batch;

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
),

member AS (
    SELECT
        identified.collection_id,
        identified.account_id,
        identified.channel_id,
        min(identified.added_at) AS added_at,
        min(channel.observed_at) AS observed_at,
        coalesce(min(channel.observed_at), min(identified.added_at)) < %(given_up_before)s AS is_missing
    FROM identified
    LEFT JOIN beat.youtube_account AS channel
        ON channel.platform = 'YOUTUBE' AND channel.profile_id = identified.channel_id
    WHERE identified.channel_id ~ '^UC[\w-]{22}$'
    GROUP BY identified.collection_id, identified.account_id, identified.channel_id
),

batched AS (
    SELECT
        member.*,
        (row_number() OVER (PARTITION BY collection_id, is_missing ORDER BY added_at, channel_id) - 1) / 50 AS batch
    FROM member
)

SELECT
    collection_id || ':'
    || CASE WHEN is_missing THEN 'missing-' || md5(string_agg(channel_id, ',' ORDER BY channel_id)) ELSE batch::text END AS subject,
    jsonb_build_object('collection_id', collection_id, 'channel_ids', jsonb_agg(channel_id ORDER BY channel_id)) AS params,
    min(observed_at) AS last_seen,
    min(added_at) AS since,
    account_id
FROM batched
WHERE observed_at IS NULL OR observed_at <= %(stale_before)s
GROUP BY collection_id, account_id, is_missing, batch;

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
