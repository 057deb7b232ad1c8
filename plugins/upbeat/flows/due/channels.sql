-- YouTube channels.

-- name: new_channels
-- Tracked channels, of whatever tier, that were never collected. Index: youtube_account_handle.
SELECT
    tracked.handle AS subject,
    jsonb_build_object('handle', tracked.handle) AS params,
    NULL::timestamptz AS last_seen,
    '-infinity'::timestamptz AS since,
    NULL::text AS account_id
FROM beat.tracked_profile AS tracked
WHERE
    tracked.platform = %(platform)s::beat.platform
    AND NOT EXISTS (
        SELECT FROM beat.youtube_account AS account
        WHERE account.platform = tracked.platform AND account.handle = tracked.handle
    );

-- name: channels
-- Tracked channels by their ids, which stay when a handle changes. Index: youtube_account_handle.
SELECT DISTINCT
    account.profile_id AS subject,
    jsonb_build_object('channel_id', account.profile_id) AS params,
    account.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.youtube_account AS account ON account.platform = creator.platform AND account.handle = creator.handle
WHERE creator.platform = %(platform)s::beat.platform AND creator.tier = ANY(%(tiers)s);

-- name: channel_lists
-- The same for lists that tell no time of their own (shorts): the window alone says when.
SELECT DISTINCT
    account.profile_id AS subject,
    jsonb_build_object('channel_id', account.profile_id) AS params,
    NULL::timestamptz AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.youtube_account AS account ON account.platform = creator.platform AND account.handle = creator.handle
WHERE creator.platform = %(platform)s::beat.platform AND creator.tier = ANY(%(tiers)s);

-- name: trending_regions
-- The countries of tracked channels, those of most channels first, twenty at most, and India, whose creators we know best.
SELECT
    region.code AS subject,
    jsonb_build_object('region', region.code) AS params,
    listed.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM (
    SELECT 'IN' AS code
    UNION
    SELECT counted.code
    FROM (
        SELECT upper(account.country) AS code
        FROM beat.tracked_profile AS tracked
        INNER JOIN beat.youtube_account AS account
            ON account.platform = tracked.platform AND account.handle = tracked.handle
        WHERE account.country ~ '^[A-Za-z]{2}$'
        GROUP BY upper(account.country)
        ORDER BY count(*) DESC, upper(account.country)
        LIMIT 20
    ) AS counted
) AS region
LEFT JOIN LATERAL (
    SELECT max(entry.observed_at) AS observed_at
    FROM beat.listed_post AS entry
    WHERE entry.platform = 'YOUTUBE' AND entry.listing = 'trending' AND entry.listing_key = region.code
) AS listed ON TRUE;
