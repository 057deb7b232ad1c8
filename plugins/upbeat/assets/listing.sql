-- What people ask about assets.

-- name: counts
-- How many there are by platform and kind; bytes count an object once per kind that shows it.
SELECT
    asset.platform::text AS platform,
    asset.subject_kind,
    count(*) FILTER (WHERE asset.status = 'stored') AS stored,
    count(*) FILTER (WHERE asset.status = 'gone') AS gone,
    count(*) FILTER (WHERE asset.status = 'failed') AS failed,
    coalesce(sum(asset.size_bytes) FILTER (WHERE asset.is_first), 0)::bigint AS bytes
FROM (
    SELECT
        platform,
        subject_kind,
        status,
        size_bytes,
        row_number() OVER (PARTITION BY platform, subject_kind, object_key ORDER BY subject_id) = 1 AS is_first
    FROM beat.asset
) AS asset
GROUP BY asset.platform, asset.subject_kind
ORDER BY asset.platform, asset.subject_kind;

-- name: newest
-- The newest. Index: asset_observed.
SELECT
    platform::text AS platform,
    subject_kind,
    subject_id,
    profile_id,
    status,
    object_key,
    content_type,
    size_bytes,
    checksum,
    width,
    height,
    source_expires_at,
    error,
    source,
    observed_at
FROM beat.asset
WHERE
    (%(status)s::text IS NULL OR status = %(status)s)
    AND (%(kind)s::text IS NULL OR subject_kind = %(kind)s)
ORDER BY observed_at DESC, platform, subject_kind, subject_id
LIMIT %(limit)s;

-- name: of_subject
-- Everything of one subject, whatever its kind. Index: primary key, by skipping over platforms and kinds.
SELECT
    platform::text AS platform,
    subject_kind,
    subject_id,
    profile_id,
    status,
    object_key,
    content_type,
    size_bytes,
    checksum,
    width,
    height,
    source_expires_at,
    error,
    source,
    observed_at
FROM beat.asset
WHERE
    platform IN ('INSTAGRAM', 'YOUTUBE')
    AND subject_kind IN ('profile_picture', 'post_media', 'story_media', 'thumbnail')
    AND subject_id = %(subject_id)s
ORDER BY platform, subject_kind;
