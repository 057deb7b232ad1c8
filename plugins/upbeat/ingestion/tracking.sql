-- Which creators are collected.

-- name: add
-- Adds creators, or moves known ones to another tier; returns who changed. In key order: concurrent adds deadlock else.
INSERT INTO beat.tracked_profile AS known (platform, handle, tier)
SELECT %(platform)s::beat.platform, handle, %(tier)s
FROM unnest(%(handles)s::text[]) AS handle
ORDER BY handle
ON CONFLICT (platform, handle) DO UPDATE SET tier = excluded.tier
WHERE %(move)s::boolean AND known.tier IS DISTINCT FROM excluded.tier
RETURNING handle;

-- name: remove
-- Creators that are collected no more; what was collected of them stays. Returns who was tracked.
DELETE FROM beat.tracked_profile
WHERE platform = %(platform)s::beat.platform AND handle = ANY(%(handles)s::text [])
RETURNING handle;

-- name: list
-- All tracked creators, with what is known of them.
SELECT
    tracked.platform::text,
    tracked.handle,
    tracked.tier,
    tracked.added_at,
    account.followers_count AS followers,
    account.observed_at
FROM beat.tracked_profile AS tracked
LEFT JOIN LATERAL (
    SELECT followers_count, observed_at
    FROM (
        SELECT platform, handle, followers_count, observed_at FROM beat.instagram_account
        UNION ALL
        SELECT platform, handle, followers_count, observed_at FROM beat.youtube_account
    ) AS account
    WHERE account.platform = tracked.platform AND account.handle = tracked.handle
    ORDER BY observed_at DESC
    LIMIT 1
) AS account ON TRUE
WHERE (%(platform)s::beat.platform IS NULL OR tracked.platform = %(platform)s::beat.platform)
ORDER BY tracked.platform, tracked.handle;
