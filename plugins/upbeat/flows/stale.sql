-- name: enqueue_stale_profiles
-- One task per tracked creator whose row is missing or older than the flow's freshness. The window in the key makes a
-- second run in the same window add nothing.
INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, params, priority, expires_at)
SELECT
    format('%%s:%%s:%%s:%%s', lower(tracked.platform::text), %(flow)s::text, tracked.handle, %(window)s::text),
    tracked.platform,
    %(flow)s,
    jsonb_build_object('handle', tracked.handle),
    %(priority)s,
    %(expires_at)s
FROM beat.tracked_profile AS tracked
WHERE tracked.platform = %(platform)s
  AND tracked.tier = ANY(%(tiers)s)
  AND NOT EXISTS (
      SELECT FROM beat.instagram_account AS account
      WHERE account.platform = tracked.platform AND account.handle = tracked.handle
        AND account.observed_at > %(stale_before)s
  )
ORDER BY tracked.added_at, tracked.handle
LIMIT %(limit)s
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING id;

-- name: enqueue_stale_posts
-- The same for the posts of tracked creators: stale when no post of the creator was seen since.
INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, params, priority, expires_at)
SELECT
    format('%%s:%%s:%%s:%%s', lower(tracked.platform::text), %(flow)s::text, tracked.handle, %(window)s::text),
    tracked.platform,
    %(flow)s,
    jsonb_build_object('handle', tracked.handle),
    %(priority)s,
    %(expires_at)s
FROM beat.tracked_profile AS tracked
WHERE tracked.platform = %(platform)s
  AND tracked.tier = ANY(%(tiers)s)
  AND NOT EXISTS (
      SELECT FROM beat.instagram_account AS account
      INNER JOIN beat.instagram_post AS post USING (platform, profile_id)
      WHERE account.platform = tracked.platform AND account.handle = tracked.handle
        AND post.observed_at > %(stale_before)s
  )
ORDER BY tracked.added_at, tracked.handle
LIMIT %(limit)s
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING id;

-- name: enqueue_handles
-- Named creators, stale or not: the key carries the request's own name, so that a retry of it adds nothing.
INSERT INTO beat.scrape_request_log (idempotency_key, platform, flow, params, priority, expires_at)
SELECT
    format('%%s:%%s:%%s:%%s', lower(%(platform)s::text), %(flow)s::text, handle, %(window)s::text),
    %(platform)s::beat.platform,
    %(flow)s,
    jsonb_build_object('handle', handle),
    %(priority)s,
    %(expires_at)s
FROM unnest(%(handles)s::text[]) AS handle
ON CONFLICT (idempotency_key) DO NOTHING
RETURNING id;
