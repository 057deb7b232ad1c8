-- Instagram accounts. Each statement of this folder gives `subject` (names it in the task's key), `params`, `last_seen` (null: never,
-- or not to be told from the rows), `since` (when it was first to be seen, where that is known) and `account_id`.

-- name: new_profiles
-- Tracked creators, of whatever tier, that were never collected. Index: instagram_account_handle.
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
        SELECT FROM beat.instagram_account AS account
        WHERE account.platform = tracked.platform AND account.handle = tracked.handle
    );

-- name: profiles
-- Tracked creators by their handles, collected or not. Index: instagram_account_handle.
SELECT
    creator.handle AS subject,
    jsonb_build_object('handle', creator.handle) AS params,
    account.observed_at AS last_seen,
    '-infinity'::timestamptz AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
LEFT JOIN LATERAL (
    SELECT max(known.observed_at) AS observed_at
    FROM beat.instagram_account AS known
    WHERE known.platform = creator.platform AND known.handle = creator.handle
) AS account ON TRUE
WHERE creator.platform = %(platform)s::beat.platform AND creator.tier = ANY(%(tiers)s);

-- name: profile_lists
-- Tracked creators by their user ids, for lists that tell no time of their own (stories, reels, tagged posts, followers): the window
-- alone says when. Private accounts show none, and the Graph API's own ids are no user ids. Index: instagram_account_handle.
SELECT DISTINCT
    account.profile_id AS subject,
    jsonb_build_object('user_id', account.profile_id) AS params,
    NULL::timestamptz AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.instagram_account AS account ON account.platform = creator.platform AND account.handle = creator.handle
WHERE
    creator.platform = %(platform)s::beat.platform
    AND creator.tier = ANY(%(tiers)s)
    AND account.is_private IS NOT TRUE
    AND account.profile_id !~ '^17841\d{12}$';

-- name: similar_to_profiles
-- Tracked creators by their user ids, with the time at which accounts like them were last listed. Index: primary keys.
SELECT DISTINCT
    account.profile_id AS subject,
    jsonb_build_object('user_id', account.profile_id) AS params,
    listed.observed_at AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.instagram_account AS account ON account.platform = creator.platform AND account.handle = creator.handle
LEFT JOIN LATERAL (
    SELECT max(alike.observed_at) AS observed_at
    FROM beat.similar_profile AS alike
    WHERE alike.platform = account.platform AND alike.profile_id = account.profile_id
) AS listed ON TRUE
WHERE
    creator.platform = %(platform)s::beat.platform
    AND creator.tier = ANY(%(tiers)s)
    AND account.profile_id !~ '^17841\d{12}$';
