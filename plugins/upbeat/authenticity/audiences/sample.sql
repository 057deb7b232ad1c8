-- The audience of a creator as far as it was collected, and a sample of it. A draw is by the hash of account and sample: the same
-- sample drawn again is the same accounts, another one is others.

-- name: creator_by_handle
-- The creator's account, the one that was seen last. Index: instagram_account_handle.
SELECT
    account.profile_id,
    account.handle,
    account.followers_count
FROM beat.instagram_account AS account
WHERE account.platform = %(platform)s::beat.platform AND account.handle = %(handle)s
ORDER BY account.observed_at DESC, account.profile_id
LIMIT 1;

-- name: creator_by_id
-- The same by its id.
SELECT
    account.profile_id,
    account.handle,
    account.followers_count
FROM beat.instagram_account AS account
WHERE account.platform = %(platform)s::beat.platform AND account.profile_id = %(profile_id)s;

-- name: asked_on
-- The day (UTC) on which a task was added to the queue: a run that is repeated draws the same sample.
SELECT (task.created_at AT TIME ZONE 'UTC')::date AS asked_on
FROM beat.scrape_request_log AS task
WHERE task.id = %(task_id)s;

-- name: followers
-- Followers, those of the latest collection first: who was not in it may follow no longer. `known` counts all that could be drawn;
-- counts are those of the account itself, where it was collected. Index: primary key.
WITH known AS (
    SELECT
        follower.*,
        max(follower.observed_at) OVER () AS latest,
        count(*) OVER () AS known
    FROM beat.follower AS follower
    WHERE follower.platform = %(platform)s::beat.platform
      AND follower.profile_id = %(profile_id)s
      AND btrim(follower.handle) <> ''
),

drawn AS (
    SELECT known.*
    FROM known
    ORDER BY
        known.observed_at < known.latest - interval '1 day',
        md5(%(sample_id)s || ':' || known.account_id),
        known.account_id
    LIMIT %(size)s
)

SELECT
    drawn.account_id,
    drawn.handle,
    drawn.known,
    account.followers_count AS followers,
    account.following_count AS following,
    account.posts_count AS posts,
    coalesce(drawn.full_name, account.full_name) AS full_name,
    coalesce(drawn.profile_pic_url, account.profile_pic_url) AS picture_url,
    coalesce(drawn.is_private, account.is_private) AS is_private
FROM drawn
LEFT JOIN beat.instagram_account AS account
    ON account.platform = drawn.platform AND account.profile_id = drawn.account_id
ORDER BY drawn.account_id;

-- name: commenters
-- Whoever wrote under the creator's posts, the creator apart, each once, named as in the latest comment.
-- Indexes: instagram_post_of_account, comment_post_id.
WITH written AS (
    SELECT DISTINCT ON (comment.author_id)
        comment.platform,
        comment.author_id AS account_id,
        comment.author_handle AS handle,
        comment.author_name AS full_name
    FROM beat.instagram_post AS post
    INNER JOIN beat.comment AS comment
        ON comment.platform = post.platform AND comment.post_id = post.post_id
    WHERE post.platform = %(platform)s::beat.platform
      AND post.profile_id = %(profile_id)s
      AND comment.author_id <> ''
      AND comment.author_id <> post.profile_id
      AND btrim(comment.author_handle) <> ''
    ORDER BY comment.author_id, comment.observed_at DESC, comment.comment_id
),

drawn AS (
    SELECT
        written.*,
        count(*) OVER () AS known
    FROM written
    ORDER BY md5(%(sample_id)s || ':' || written.account_id), written.account_id
    LIMIT %(size)s
)

SELECT
    drawn.account_id,
    drawn.handle,
    drawn.known,
    account.followers_count AS followers,
    account.following_count AS following,
    account.posts_count AS posts,
    account.profile_pic_url AS picture_url,
    account.is_private,
    coalesce(drawn.full_name, account.full_name) AS full_name
FROM drawn
LEFT JOIN beat.instagram_account AS account
    ON account.platform = drawn.platform AND account.profile_id = drawn.account_id
ORDER BY drawn.account_id;

-- name: followers_without_handle
-- Collected followers that no sample holds, as their handle is missing: there is nothing to score. Index: primary key.
SELECT count(*) AS accounts
FROM beat.follower AS follower
WHERE follower.platform = %(platform)s::beat.platform
  AND follower.profile_id = %(profile_id)s
  AND coalesce(btrim(follower.handle), '') = '';

-- name: commenters_without_handle
-- The same of who wrote under the creator's posts and was named in none of the comments.
SELECT count(*) AS accounts
FROM (
    SELECT comment.author_id
    FROM beat.instagram_post AS post
    INNER JOIN beat.comment AS comment
        ON comment.platform = post.platform AND comment.post_id = post.post_id
    WHERE post.platform = %(platform)s::beat.platform
      AND post.profile_id = %(profile_id)s
      AND comment.author_id <> ''
      AND comment.author_id <> post.profile_id
    GROUP BY comment.author_id
    HAVING bool_and(coalesce(btrim(comment.author_handle), '') = '')
) AS nameless;
