-- Instagram accounts of the creators that are collected, as far as somebody of their audience was. What was scored is told by the
-- queue: a subject has one task in a window.

-- name: accounts_with_followers
-- Accounts of which followers were collected. Indexes: instagram_account_handle, primary key of beat.follower.
SELECT
    account.profile_id AS subject,
    jsonb_build_object('profile_id', account.profile_id) AS params,
    NULL::timestamptz AS last_seen,
    account.observed_at AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.instagram_account AS account
    ON account.platform = creator.platform AND account.handle = creator.handle
WHERE creator.platform = %(platform)s::beat.platform
  AND creator.tier = ANY(%(tiers)s)
  AND EXISTS (
      SELECT FROM beat.follower AS follower
      WHERE follower.platform = account.platform AND follower.profile_id = account.profile_id
  );

-- name: accounts_with_commenters
-- Accounts under whose posts somebody wrote. Indexes: instagram_account_handle, instagram_post_of_account, comment_post_id.
SELECT
    account.profile_id AS subject,
    jsonb_build_object('profile_id', account.profile_id) AS params,
    NULL::timestamptz AS last_seen,
    account.observed_at AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.instagram_account AS account
    ON account.platform = creator.platform AND account.handle = creator.handle
WHERE creator.platform = %(platform)s::beat.platform
  AND creator.tier = ANY(%(tiers)s)
  AND EXISTS (
      SELECT
      FROM beat.instagram_post AS post
      INNER JOIN beat.comment AS comment ON comment.platform = post.platform AND comment.post_id = post.post_id
      WHERE post.platform = account.platform AND post.profile_id = account.profile_id
        AND comment.author_id <> account.profile_id
  );

-- name: accounts_with_audience
-- Accounts of which one or the other was collected.
SELECT
    account.profile_id AS subject,
    jsonb_build_object('profile_id', account.profile_id) AS params,
    NULL::timestamptz AS last_seen,
    account.observed_at AS since,
    NULL::text AS account_id
FROM beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
INNER JOIN beat.instagram_account AS account
    ON account.platform = creator.platform AND account.handle = creator.handle
WHERE creator.platform = %(platform)s::beat.platform
  AND creator.tier = ANY(%(tiers)s)
  AND (
      EXISTS (
          SELECT FROM beat.follower AS follower
          WHERE follower.platform = account.platform AND follower.profile_id = account.profile_id
      )
      OR EXISTS (
          SELECT
          FROM beat.instagram_post AS post
          INNER JOIN beat.comment AS comment ON comment.platform = post.platform AND comment.post_id = post.post_id
          WHERE post.platform = account.platform AND post.profile_id = account.profile_id
            AND comment.author_id <> account.profile_id
      )
  );
