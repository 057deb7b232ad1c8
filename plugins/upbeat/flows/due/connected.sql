-- What only the owners of accounts are told: subjects are the accounts that a usable credential belongs to. A credential that rests is
-- usable again soon; its tasks wait for it.

-- name: insights_of_profiles
-- Connected Instagram accounts, with the time at which their figures were last told. Index: primary keys.
SELECT DISTINCT
    owner.handle AS subject,
    jsonb_build_object('handle', owner.handle) AS params,
    told.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.connected_handle('graphapi') AS owner
LEFT JOIN LATERAL (
    SELECT max(insight.observed_at) AS observed_at
    FROM beat.instagram_account AS account
    INNER JOIN beat.profile_insight AS insight
        ON insight.platform = account.platform AND insight.subject_id = account.profile_id
    WHERE account.handle = owner.handle
) AS told ON TRUE;

-- name: audience_of_profiles
-- The same for who their audience is.
SELECT DISTINCT
    owner.handle AS subject,
    jsonb_build_object('handle', owner.handle) AS params,
    told.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.connected_handle('graphapi') AS owner
LEFT JOIN LATERAL (
    SELECT max(audience.observed_at) AS observed_at
    FROM beat.instagram_account AS account
    INNER JOIN beat.profile_audience AS audience
        ON audience.platform = account.platform AND audience.subject_id = account.profile_id
    WHERE account.handle = owner.handle
) AS told ON TRUE;

-- name: insights_of_posts
-- The posts of connected Instagram accounts that were published in a span of time. Index: instagram_post_of_account.
SELECT DISTINCT
    post.post_id AS subject,
    jsonb_build_object('post_id', post.post_id, 'handle', owner.handle) AS params,
    told.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.connected_handle('graphapi') AS owner
INNER JOIN beat.instagram_account AS account ON account.handle = owner.handle
INNER JOIN beat.instagram_post AS post ON post.platform = account.platform AND post.profile_id = account.profile_id
LEFT JOIN LATERAL (
    SELECT max(insight.observed_at) AS observed_at
    FROM beat.post_insight AS insight
    WHERE insight.platform = post.platform AND insight.subject_id = post.post_id
) AS told ON TRUE
WHERE post.published_at > %(published_after)s AND post.published_at <= %(published_before)s;

-- name: insights_of_stories
-- The stories of connected Instagram accounts that were published in a span of time. Index: story_profile_id.
SELECT DISTINCT
    story.story_id AS subject,
    jsonb_build_object('story_id', story.story_id, 'handle', owner.handle) AS params,
    told.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.connected_handle('graphapi') AS owner
INNER JOIN beat.instagram_account AS account ON account.handle = owner.handle
INNER JOIN beat.story AS story ON story.platform = account.platform AND story.profile_id = account.profile_id
LEFT JOIN LATERAL (
    SELECT max(insight.observed_at) AS observed_at
    FROM beat.story_insight AS insight
    WHERE insight.platform = story.platform AND insight.subject_id = story.story_id
) AS told ON TRUE
WHERE story.published_at > %(published_after)s AND story.published_at <= %(published_before)s;

-- name: insights_of_channels
-- Connected channels, with the time at which their figures were last told. Index: primary key.
SELECT DISTINCT
    owner.handle AS subject,
    jsonb_build_object('handle', owner.handle, 'channel_id', owner.user_id) AS params,
    told.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.connected_handle('ytapi') AS owner
LEFT JOIN LATERAL (
    SELECT max(insight.observed_at) AS observed_at
    FROM beat.profile_insight AS insight
    WHERE insight.platform = 'YOUTUBE' AND insight.subject_id = owner.user_id
) AS told ON TRUE
WHERE owner.user_id LIKE 'UC%%';

-- name: audience_of_channels
-- The same for who their audience is.
SELECT DISTINCT
    owner.handle AS subject,
    jsonb_build_object('handle', owner.handle, 'channel_id', owner.user_id) AS params,
    told.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.connected_handle('ytapi') AS owner
LEFT JOIN LATERAL (
    SELECT max(audience.observed_at) AS observed_at
    FROM beat.profile_audience AS audience
    WHERE audience.platform = 'YOUTUBE' AND audience.subject_id = owner.user_id
) AS told ON TRUE
WHERE owner.user_id LIKE 'UC%%';

-- name: insights_of_videos
-- The videos of connected channels that were published in a span of time. Index: youtube_post_of_account.
SELECT DISTINCT
    video.post_id AS subject,
    jsonb_build_object('video_id', video.post_id, 'handle', owner.handle) AS params,
    told.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.connected_handle('ytapi') AS owner
INNER JOIN beat.youtube_post AS video ON video.platform = 'YOUTUBE' AND video.profile_id = owner.user_id
LEFT JOIN LATERAL (
    SELECT max(insight.observed_at) AS observed_at
    FROM beat.post_insight AS insight
    WHERE insight.platform = video.platform AND insight.subject_id = video.post_id
) AS told ON TRUE
WHERE video.published_at > %(published_after)s AND video.published_at <= %(published_before)s;

-- name: orders_of_shops
-- Connected shops; orders are asked for from the newest change on that is known, which a clock of theirs may have put a little early.
-- Index: shopify_order_updated_time.
SELECT DISTINCT
    owner.handle AS subject,
    jsonb_strip_nulls(jsonb_build_object(
        'shop', owner.handle,
        'updated_since', to_char((known.updated_time - interval '5 minutes') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
    )) AS params,
    NULL::timestamptz AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.connected_handle('shopify') AS owner
LEFT JOIN LATERAL (
    SELECT max(ordered.updated_time) AS updated_time
    FROM beat.shopify_order AS ordered
    WHERE ordered.platform = 'SHOPIFY' AND ordered.shop = owner.handle
) AS known ON TRUE;

-- name: shops
-- Connected shops, for what is read whole: products, codes, the number of customers. The window alone says when.
SELECT DISTINCT
    owner.handle AS subject,
    jsonb_build_object('shop', owner.handle) AS params,
    NULL::timestamptz AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.connected_handle('shopify') AS owner;
