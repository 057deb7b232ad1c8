-- Imported history: kept by handle, copied into profile_log under the creator's id once that is known.

-- name: keep
-- Stores what a file says. The same rows again change nothing; a corrected row is attached anew.
WITH kept AS (
    INSERT INTO beat.imported_observation AS known (platform, handle, observed_at, source, dimensions, metrics)
    SELECT platform, handle, observed_at, source, dimensions, metrics
    FROM jsonb_populate_recordset(NULL::beat.imported_observation, %(rows)s::jsonb)
    ORDER BY platform, handle, observed_at
    ON CONFLICT (platform, handle, observed_at, source) DO UPDATE SET
        dimensions = excluded.dimensions,
        metrics = excluded.metrics,
        imported_at = now(),
        attached_at = NULL
    WHERE (known.dimensions, known.metrics) IS DISTINCT FROM (excluded.dimensions, excluded.metrics)
    RETURNING (xmax = 0) AS is_new
)

SELECT
    count(*) FILTER (WHERE is_new) AS added,
    count(*) FILTER (WHERE NOT is_new) AS corrected
FROM kept;

-- name: compare
-- What `keep` would do, for a dry run.
SELECT
    count(*) FILTER (WHERE known.handle IS NULL) AS added,
    count(*) FILTER (
        WHERE known.handle IS NOT NULL
        AND (known.dimensions, known.metrics) IS DISTINCT FROM (told.dimensions, told.metrics)
    ) AS corrected
FROM jsonb_populate_recordset(NULL::beat.imported_observation, %(rows)s::jsonb) AS told
LEFT JOIN beat.imported_observation AS known USING (platform, handle, observed_at, source);

-- name: waiting
-- Has any of these handles history that waits for its creator? Answered from the partial index.
SELECT handle
FROM beat.imported_observation
WHERE platform = 'INSTAGRAM' AND handle = ANY(%(handles)s) AND attached_at IS NULL
LIMIT 1;

-- name: attach
-- Copies waiting history of these handles into the log of the creator who bears the handle now, and fills what the
-- current row does not know. Creators not collected yet keep theirs waiting.
WITH bearer AS MATERIALIZED (
    SELECT DISTINCT ON (platform, handle)
        platform,
        handle,
        profile_id
    FROM beat.instagram_account
    WHERE handle = ANY(%(handles)s)
    ORDER BY platform, handle, observed_at DESC
),

attached AS (
    UPDATE beat.imported_observation AS told
    SET attached_at = now()
    FROM bearer
    WHERE told.platform = bearer.platform AND told.handle = bearer.handle AND told.attached_at IS NULL
    RETURNING
        told.platform, bearer.profile_id, told.handle, told.dimensions, told.metrics, told.source, told.observed_at
),

logged AS (
    INSERT INTO beat.profile_log AS entry (
        platform, profile_id, handle, dimensions, metrics, source, "timestamp"
    )
    SELECT platform, profile_id, handle, dimensions, metrics, source, observed_at
    FROM attached
    ORDER BY platform, profile_id, observed_at, source
    ON CONFLICT (platform, profile_id, "timestamp", source) DO UPDATE SET
        handle = excluded.handle,
        dimensions = excluded.dimensions,
        metrics = excluded.metrics
    RETURNING platform, profile_id, handle, dimensions, metrics, source, "timestamp", raw_object
),

described AS (
    SELECT
        platform,
        profile_id,
        (array_agg(dimensions ->> 'full_name' ORDER BY observed_at DESC)
            FILTER (WHERE dimensions ->> 'full_name' IS NOT NULL))[1] AS full_name,
        (array_agg(dimensions ->> 'category' ORDER BY observed_at DESC)
            FILTER (WHERE dimensions ->> 'category' IS NOT NULL))[1] AS category
    FROM attached
    GROUP BY platform, profile_id
),

filled AS (
    UPDATE beat.instagram_account AS account
    SET
        full_name = coalesce(account.full_name, described.full_name),
        category = coalesce(account.category, described.category),
        updated_at = now()
    FROM described
    WHERE
        account.platform = described.platform
        AND account.profile_id = described.profile_id
        AND (
            (account.full_name IS NULL AND described.full_name IS NOT NULL)
            OR (account.category IS NULL AND described.category IS NOT NULL)
        )
    RETURNING
        account.platform, account.profile_id, account.handle, account.full_name, account.biography,
        account.category, account.external_url, account.profile_pic_url, account.is_verified,
        account.is_business, account.is_private, account.followers_count, account.following_count,
        account.posts_count, account.source, account.observed_at
),

events AS (
    INSERT INTO beat.outbox (kind, key, payload, observed_at)
    SELECT
        'profile_log',
        concat_ws(':', platform, profile_id, to_jsonb("timestamp") #>> '{}', source),
        to_jsonb(logged),
        "timestamp"
    FROM logged
    UNION ALL
    SELECT
        'instagram_account',
        concat_ws(':', platform, profile_id),
        to_jsonb(filled),
        observed_at
    FROM filled
)

SELECT
    count(*) AS attached,
    count(DISTINCT profile_id) AS creators
FROM attached;
