-- The process stage: current rows, log entries and their events. Rows come sorted by key; an event is written only for
-- what changed, so that a replay of what is already there tells nobody anything.

-- name: upsert_accounts
-- A source that does not tell a field never erases it; an older observation leaves the row as it is.
WITH merged AS (
    INSERT INTO beat.instagram_account AS current (
        platform, profile_id, handle, full_name, biography, category, external_url, profile_pic_url,
        is_verified, is_business, is_private, followers_count, following_count, posts_count, source, observed_at
    )
    SELECT
        platform, profile_id, handle, full_name, biography, category, external_url, profile_pic_url,
        is_verified, is_business, is_private, followers_count, following_count, posts_count, source, observed_at
    FROM jsonb_populate_recordset(NULL::beat.instagram_account, %(rows)s::jsonb)
    ON CONFLICT (platform, profile_id) DO UPDATE SET
        handle = excluded.handle,
        full_name = coalesce(excluded.full_name, current.full_name),
        biography = coalesce(excluded.biography, current.biography),
        category = coalesce(excluded.category, current.category),
        external_url = coalesce(excluded.external_url, current.external_url),
        profile_pic_url = coalesce(excluded.profile_pic_url, current.profile_pic_url),
        is_verified = coalesce(excluded.is_verified, current.is_verified),
        is_business = coalesce(excluded.is_business, current.is_business),
        is_private = coalesce(excluded.is_private, current.is_private),
        followers_count = coalesce(excluded.followers_count, current.followers_count),
        following_count = coalesce(excluded.following_count, current.following_count),
        posts_count = coalesce(excluded.posts_count, current.posts_count),
        source = excluded.source,
        observed_at = excluded.observed_at,
        updated_at = now()
    WHERE
        current.observed_at < excluded.observed_at
        OR (
            current.observed_at = excluded.observed_at
            AND (
                current.handle, current.source, current.full_name, current.biography, current.category,
                current.external_url, current.profile_pic_url, current.is_verified, current.is_business,
                current.is_private, current.followers_count, current.following_count, current.posts_count
            ) IS DISTINCT FROM (
                excluded.handle, excluded.source,
                coalesce(excluded.full_name, current.full_name),
                coalesce(excluded.biography, current.biography),
                coalesce(excluded.category, current.category),
                coalesce(excluded.external_url, current.external_url),
                coalesce(excluded.profile_pic_url, current.profile_pic_url),
                coalesce(excluded.is_verified, current.is_verified),
                coalesce(excluded.is_business, current.is_business),
                coalesce(excluded.is_private, current.is_private),
                coalesce(excluded.followers_count, current.followers_count),
                coalesce(excluded.following_count, current.following_count),
                coalesce(excluded.posts_count, current.posts_count)
            )
        )
    RETURNING
        platform, profile_id, handle, full_name, biography, category, external_url, profile_pic_url,
        is_verified, is_business, is_private, followers_count, following_count, posts_count, source, observed_at
)

INSERT INTO beat.outbox (kind, key, payload, observed_at)
SELECT
    'instagram_account',
    concat_ws(':', platform, profile_id),
    to_jsonb(merged),
    observed_at
FROM merged;

-- name: upsert_posts
-- The same for posts.
WITH merged AS (
    INSERT INTO beat.instagram_post AS current (
        platform, post_id, profile_id, handle, shortcode, post_type, caption, permalink, media_url,
        published_at, likes_count, comments_count, plays_count, source, observed_at
    )
    SELECT
        platform, post_id, profile_id, handle, shortcode, post_type, caption, permalink, media_url,
        published_at, likes_count, comments_count, plays_count, source, observed_at
    FROM jsonb_populate_recordset(NULL::beat.instagram_post, %(rows)s::jsonb)
    ON CONFLICT (platform, post_id) DO UPDATE SET
        profile_id = excluded.profile_id,
        handle = excluded.handle,
        shortcode = coalesce(excluded.shortcode, current.shortcode),
        post_type = coalesce(excluded.post_type, current.post_type),
        caption = coalesce(excluded.caption, current.caption),
        permalink = coalesce(excluded.permalink, current.permalink),
        media_url = coalesce(excluded.media_url, current.media_url),
        published_at = coalesce(excluded.published_at, current.published_at),
        likes_count = coalesce(excluded.likes_count, current.likes_count),
        comments_count = coalesce(excluded.comments_count, current.comments_count),
        plays_count = coalesce(excluded.plays_count, current.plays_count),
        source = excluded.source,
        observed_at = excluded.observed_at,
        updated_at = now()
    WHERE
        current.observed_at < excluded.observed_at
        OR (
            current.observed_at = excluded.observed_at
            AND (
                current.profile_id, current.handle, current.source, current.shortcode, current.post_type,
                current.caption, current.permalink, current.media_url, current.published_at,
                current.likes_count, current.comments_count, current.plays_count
            ) IS DISTINCT FROM (
                excluded.profile_id, excluded.handle, excluded.source,
                coalesce(excluded.shortcode, current.shortcode),
                coalesce(excluded.post_type, current.post_type),
                coalesce(excluded.caption, current.caption),
                coalesce(excluded.permalink, current.permalink),
                coalesce(excluded.media_url, current.media_url),
                coalesce(excluded.published_at, current.published_at),
                coalesce(excluded.likes_count, current.likes_count),
                coalesce(excluded.comments_count, current.comments_count),
                coalesce(excluded.plays_count, current.plays_count)
            )
        )
    RETURNING
        platform, post_id, profile_id, handle, shortcode, post_type, caption, permalink, media_url,
        published_at, likes_count, comments_count, plays_count, source, observed_at
)

INSERT INTO beat.outbox (kind, key, payload, observed_at)
SELECT
    'instagram_post',
    concat_ws(':', platform, post_id),
    to_jsonb(merged),
    observed_at
FROM merged;

-- name: log_profiles
-- Every observation has one entry; a replay of the same payload corrects it.
WITH logged AS (
    INSERT INTO beat.profile_log AS entry (
        platform, profile_id, handle, dimensions, metrics, source, "timestamp", raw_object
    )
    SELECT
        platform, profile_id, handle, dimensions, metrics, source, "timestamp", raw_object
    FROM jsonb_populate_recordset(NULL::beat.profile_log, %(rows)s::jsonb)
    ON CONFLICT (platform, profile_id, "timestamp", source) DO UPDATE SET
        handle = excluded.handle,
        dimensions = excluded.dimensions,
        metrics = excluded.metrics,
        raw_object = coalesce(excluded.raw_object, entry.raw_object)
    WHERE
        (entry.handle, entry.dimensions, entry.metrics)
        IS DISTINCT FROM (excluded.handle, excluded.dimensions, excluded.metrics)
    RETURNING platform, profile_id, handle, dimensions, metrics, source, "timestamp", raw_object
)

INSERT INTO beat.outbox (kind, key, payload, observed_at)
SELECT
    'profile_log',
    concat_ws(':', platform, profile_id, to_jsonb("timestamp") #>> '{}', source),
    to_jsonb(logged),
    "timestamp"
FROM logged;

-- name: log_posts
-- The same for posts.
WITH logged AS (
    INSERT INTO beat.post_log AS entry (
        platform, post_id, profile_id, dimensions, metrics, source, "timestamp", raw_object
    )
    SELECT
        platform, post_id, profile_id, dimensions, metrics, source, "timestamp", raw_object
    FROM jsonb_populate_recordset(NULL::beat.post_log, %(rows)s::jsonb)
    ON CONFLICT (platform, post_id, "timestamp", source) DO UPDATE SET
        profile_id = excluded.profile_id,
        dimensions = excluded.dimensions,
        metrics = excluded.metrics,
        raw_object = coalesce(excluded.raw_object, entry.raw_object)
    WHERE
        (entry.profile_id, entry.dimensions, entry.metrics)
        IS DISTINCT FROM (excluded.profile_id, excluded.dimensions, excluded.metrics)
    RETURNING platform, post_id, profile_id, dimensions, metrics, source, "timestamp", raw_object
)

INSERT INTO beat.outbox (kind, key, payload, observed_at)
SELECT
    'post_log',
    concat_ws(':', platform, post_id, to_jsonb("timestamp") #>> '{}', source),
    to_jsonb(logged),
    "timestamp"
FROM logged;
