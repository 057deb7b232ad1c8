-- Assets by platform, kind and subject.

-- name: page
-- One page, in the order of the primary key; `after` is the last row of the page before.
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
    error,
    source,
    observed_at
FROM beat.asset
WHERE
    (%(platform)s::beat.platform IS NULL OR platform = %(platform)s::beat.platform)
    AND (%(subject_kind)s::text IS NULL OR subject_kind = %(subject_kind)s)
    AND (%(profile_id)s::text IS NULL OR profile_id = %(profile_id)s)
    AND (%(status)s::text IS NULL OR status = %(status)s)
    AND (
        %(after_platform)s::beat.platform IS NULL
        OR (platform, subject_kind, subject_id) > (%(after_platform)s::beat.platform, %(after_kind)s::text, %(after_id)s::text)
    )
ORDER BY platform, subject_kind, subject_id
LIMIT %(limit)s;

-- name: one
-- One asset. Primary key.
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
    error,
    source,
    observed_at
FROM beat.asset
WHERE platform = %(platform)s::beat.platform AND subject_kind = %(subject_kind)s AND subject_id = %(subject_id)s;
