-- What tells where the pictures and media of a subject lie; each gives `subject_id, profile_id, source, media_url, thumbnail_url`.

-- name: keep_picture
-- An Instagram account. Primary key.
SELECT
    profile_id AS subject_id,
    profile_id,
    source,
    profile_pic_url AS media_url,
    NULL::text AS thumbnail_url
FROM beat.instagram_account
WHERE platform = 'INSTAGRAM' AND profile_id = %(subject_id)s;

-- name: keep_post_media
-- An Instagram post. Primary key.
SELECT
    post_id AS subject_id,
    profile_id,
    source,
    media_url,
    thumbnail_url
FROM beat.instagram_post
WHERE platform = 'INSTAGRAM' AND post_id = %(subject_id)s;

-- name: keep_story_media
-- An Instagram story. Primary key.
SELECT
    story_id AS subject_id,
    profile_id,
    source,
    media_url,
    NULL::text AS thumbnail_url
FROM beat.story
WHERE platform = 'INSTAGRAM' AND story_id = %(subject_id)s;

-- name: keep_avatar
-- A YouTube channel. Primary key.
SELECT
    profile_id AS subject_id,
    profile_id,
    source,
    profile_pic_url AS media_url,
    NULL::text AS thumbnail_url
FROM beat.youtube_account
WHERE platform = 'YOUTUBE' AND profile_id = %(subject_id)s;

-- name: keep_thumbnail
-- A YouTube video. Primary key.
SELECT
    post_id AS subject_id,
    profile_id,
    source,
    thumbnail_url AS media_url,
    NULL::text AS thumbnail_url
FROM beat.youtube_post
WHERE platform = 'YOUTUBE' AND post_id = %(subject_id)s;

-- name: claim
-- Makes a task the one that fetches a subject's assets; no row where another one does. Its end and what it kept are one transaction, so that
-- whoever claims after it sees both. Primary keys.
INSERT INTO beat.asset_claim AS claim (platform, flow, subject_id, task_id, lease_token)
VALUES (%(platform)s::beat.platform, %(flow)s, %(subject_id)s, %(task_id)s, %(lease_token)s::uuid)
ON CONFLICT (platform, flow, subject_id) DO UPDATE
SET task_id = excluded.task_id, lease_token = excluded.lease_token, claimed_at = now()
WHERE
    claim.task_id = excluded.task_id
    OR NOT EXISTS (
        SELECT FROM beat.scrape_request_log AS task
        WHERE task.id = claim.task_id AND task.lease_token = claim.lease_token
    )
RETURNING claim.task_id;

-- name: kept
-- What is kept of a subject already, by kind. Primary key.
SELECT
    subject_kind,
    source_url_hash,
    status,
    object_key,
    cdn_url,
    content_type,
    size_bytes,
    checksum,
    width,
    height
FROM beat.asset
WHERE platform = %(platform)s::beat.platform AND subject_kind = ANY(%(kinds)s) AND subject_id = %(subject_id)s;
