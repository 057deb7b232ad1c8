-- The process stage: log entries and their events. Rows come sorted by key; an event is written only for what changed, so
-- that a replay of what is already there tells nobody anything. Current rows: upsert.sql.

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
