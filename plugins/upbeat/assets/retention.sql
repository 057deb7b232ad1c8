-- Assets that nobody uses any more, and objects that no asset names. `beat.unused_asset` says what unused is.

-- name: count_unused
-- What a run would delete.
WITH unused AS MATERIALIZED (
    SELECT platform, subject_kind, subject_id, object_key
    FROM beat.unused_asset(%(before)s)
),

objects AS (
    SELECT object.size_bytes
    FROM beat.asset_object AS object
    WHERE
        object.used_at < %(before)s
        AND NOT EXISTS (
            SELECT FROM beat.asset
            WHERE
                asset.object_key = object.object_key
                AND NOT EXISTS (
                    SELECT FROM unused
                    WHERE
                        unused.platform = asset.platform AND unused.subject_kind = asset.subject_kind
                        AND unused.subject_id = asset.subject_id
                )
        )
)

SELECT
    (SELECT count(*) FROM unused) AS assets,
    (SELECT count(*) FROM objects) AS objects,
    (SELECT coalesce(sum(size_bytes), 0)::bigint FROM objects) AS bytes;

-- name: delete_unused
-- Deletes some of them, and tells the warehouse in the same transaction.
WITH unused AS (
    SELECT platform, subject_kind, subject_id
    FROM beat.unused_asset(%(before)s)
    LIMIT %(most)s
),

gone AS (
    DELETE FROM beat.asset
    USING unused
    WHERE
        asset.platform = unused.platform AND asset.subject_kind = unused.subject_kind
        AND asset.subject_id = unused.subject_id AND asset.observed_at < %(before)s
    RETURNING asset.*
)

INSERT INTO beat.outbox (kind, key, payload, observed_at)
SELECT
    'asset',
    concat_ws(':', platform, subject_kind, subject_id),
    to_jsonb(gone) - 'created_at' - 'updated_at'
    || jsonb_build_object('status', 'deleted', 'cdn_url', NULL, 'observed_at', now()),
    now()
FROM gone;

-- name: forget_claims
-- Claims of tasks that ended long ago; no task runs for a day.
DELETE FROM beat.asset_claim
WHERE claimed_at < now() - interval '1 day';

-- name: give_up
-- Says of some objects that they are not there any more, before they are deleted: a task that wants one from now on writes it anew.
WITH unnamed AS (
    SELECT object.object_key
    FROM beat.asset_object AS object
    WHERE
        object.used_at < %(before)s AND object.object_key > %(after)s
        AND NOT EXISTS (SELECT FROM beat.asset WHERE asset.object_key = object.object_key)
    ORDER BY object.object_key
    LIMIT %(most)s
)

UPDATE beat.asset_object AS object SET stored_at = NULL
FROM unnamed
WHERE object.object_key = unnamed.object_key AND object.used_at < %(before)s
RETURNING object.object_key, object.size_bytes;

-- name: forget
-- The row of one object that is still unused; whoever wants it waits until the object is gone, too.
DELETE FROM beat.asset_object AS object
WHERE
    object.object_key = %(object_key)s AND object.used_at < %(before)s
    AND NOT EXISTS (SELECT FROM beat.asset WHERE asset.object_key = object.object_key)
RETURNING object.object_key;
