-- Hashtags: those that tracked creators use now. Those of collections stand in collections.sql.

-- name: hashtags_in_use
-- The hundred hashtags that most tracked creators, two at least, used in a span of time. Index: instagram_post_published.
SELECT
    used.hashtag AS subject,
    jsonb_build_object('hashtag', used.hashtag) AS params,
    NULL::timestamptz AS last_seen,
    NULL::timestamptz AS since,
    NULL::text AS account_id
FROM (
    SELECT
        lower(found.groups[1]) AS hashtag,
        count(DISTINCT post.profile_id) AS creators
    FROM beat.instagram_post AS post
    INNER JOIN beat.collected_creator(%(today)s, %(days_after_end)s) AS creator
        ON creator.platform = post.platform AND creator.handle = post.handle
    CROSS JOIN LATERAL regexp_matches(post.caption, '#(\w{2,100})', 'g') AS found (groups)
    WHERE
        post.published_at > %(published_after)s
        AND post.published_at <= %(published_before)s
        AND creator.tier = ANY(%(tiers)s)
    GROUP BY lower(found.groups[1])
    HAVING count(DISTINCT post.profile_id) >= 2
    ORDER BY count(DISTINCT post.profile_id) DESC, lower(found.groups[1])
    LIMIT 100
) AS used;
