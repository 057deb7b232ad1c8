-- Where the observations behind figures lie. Each statement is asked for many rows at once (`n` counts them from 1) and gives for each
-- that it finds: n, source, observed_at, payloads (keys of archived raw answers, at most %(most)s of them), payload_count, inputs.

-- name: profile
-- The newest observation of an account until a time, with the metric. Index: the primary key of profile_log.
SELECT
    asked.n,
    entry.source,
    entry."timestamp" AS observed_at,
    array_remove(ARRAY[entry.raw_object], null) AS payloads,
    num_nonnulls(entry.raw_object) AS payload_count,
    jsonb_strip_nulls(entry.metrics) AS inputs
FROM
    unnest(%(platform)s::beat.platform [], %(profile_id)s::text [], %(at)s::timestamptz [])
    WITH ORDINALITY AS asked (platform, profile_id, at, n)
CROSS JOIN LATERAL (
    SELECT told.source, told."timestamp", told.raw_object, told.metrics FROM beat.profile_log AS told
    WHERE
        told.platform = asked.platform AND told.profile_id = asked.profile_id AND told."timestamp" <= asked.at
        AND (%(metric)s::text IS NULL OR told.metrics ->> %(metric)s IS NOT NULL)
    ORDER BY told."timestamp" DESC
    LIMIT 1
) AS entry

-- name: post
-- The newest observation of a post until a time, with the metric; a post is named by its id or by the code in its address.
-- Index: the primary keys of the posts and of post_log.
SELECT
    asked.n,
    entry.source,
    entry."timestamp" AS observed_at,
    array_remove(ARRAY[entry.raw_object], null) AS payloads,
    num_nonnulls(entry.raw_object) AS payload_count,
    jsonb_strip_nulls(entry.metrics) AS inputs
FROM
    unnest(%(platform)s::beat.platform [], %(post_id)s::text [], %(at)s::timestamptz [])
    WITH ORDINALITY AS asked (platform, post_id, at, n)
CROSS JOIN LATERAL (
    SELECT told.source, told."timestamp", told.raw_object, told.metrics FROM beat.post_log AS told
    WHERE
        told.platform = asked.platform AND told.post_id = asked.post_id AND told."timestamp" <= asked.at
        AND (%(metric)s::text IS NULL OR told.metrics ->> %(metric)s IS NOT NULL)
    ORDER BY told."timestamp" DESC
    LIMIT 1
) AS entry

-- name: posts
-- The posts of an account that were published in some days before a time, each as it was seen last until `seen` with the metric: a source
-- that does not tell it leaves what another one told.
-- Index: instagram_post_profile, youtube_post_profile, the primary key of post_log.
SELECT
    asked.n,
    string_agg(DISTINCT entry.source, ', ') AS source,
    max(entry."timestamp") AS observed_at,
    (array_agg(DISTINCT entry.raw_object) FILTER (WHERE entry.raw_object IS NOT null))[:%(most)s] AS payloads,
    count(DISTINCT entry.raw_object) AS payload_count,
    jsonb_build_object(
        'posts_counted', count(*),
        'sum_of_likes', sum((entry.metrics ->> 'likes')::bigint),
        'sum_of_comments', sum((entry.metrics ->> 'comments')::bigint),
        'sum_of_plays', sum((entry.metrics ->> 'plays')::bigint)
    ) AS inputs
FROM
    unnest(
        %(platform)s::beat.platform [], %(profile_id)s::text [], %(at)s::timestamptz [], %(seen)s::timestamptz [],
        %(weekday)s::int [], %(hour)s::int []
    ) WITH ORDINALITY AS asked (platform, profile_id, at, seen, weekday, hour, n)
CROSS JOIN LATERAL (
    SELECT i.platform, i.post_id, i.published_at FROM beat.instagram_post AS i
    WHERE i.platform = asked.platform AND i.profile_id = asked.profile_id
    UNION ALL
    SELECT y.platform, y.post_id, y.published_at FROM beat.youtube_post AS y
    WHERE y.platform = asked.platform AND y.profile_id = asked.profile_id
) AS post
CROSS JOIN LATERAL (
    SELECT told.source, told."timestamp", told.raw_object, told.metrics FROM beat.post_log AS told
    WHERE
        told.platform = post.platform AND told.post_id = post.post_id AND told."timestamp" <= asked.seen
        AND (%(metric)s::text IS NULL OR told.metrics ->> %(metric)s IS NOT NULL)
    ORDER BY told."timestamp" DESC
    LIMIT 1
) AS entry
WHERE
    post.published_at <= asked.at - make_interval(days => %(settled)s::int)
    AND (%(days)s::int IS NULL OR post.published_at > asked.at - make_interval(days => %(days)s::int))
    AND (
        asked.weekday IS NULL
        OR extract(ISODOW FROM post.published_at AT TIME ZONE 'UTC') = asked.weekday
        AND extract(HOUR FROM post.published_at AT TIME ZONE 'UTC') = asked.hour
    )
GROUP BY asked.n

-- name: quality
-- The sample of an account's followers that was scored last until a time, as the marts take it, and what it says in sum: that is written later,
-- by another task. Index: the primary keys of follower_score (all scores of the account are looked at) and audience_quality.
SELECT
    asked.n,
    scored.source,
    scored.observed_at,
    '{}'::text [] AS payloads,
    0 AS payload_count,
    jsonb_strip_nulls(jsonb_build_object(
        'sample_id', scored.sample_id, 'sample_size', sample.sample_size, 'fake_count', sample.fake_count,
        'weak_count', sample.weak_count, 'real_count', sample.real_count, 'scorer_version', scored.scorer_version,
        'model_version', sample.model_version, 'model_sample_size', sample.model_sample_size,
        'model_fake_count', sample.model_fake_count, 'interval_level', sample.interval_level
    )) AS inputs
FROM
    unnest(%(platform)s::beat.platform [], %(profile_id)s::text [], %(at)s::timestamptz [])
    WITH ORDINALITY AS asked (platform, profile_id, at, n)
CROSS JOIN LATERAL (
    SELECT told.sample_id, told.source, told.observed_at, told.scorer_version FROM beat.follower_score AS told
    WHERE
        told.platform = asked.platform AND told.profile_id = asked.profile_id AND told.relation = 'follower'
        AND told.observed_at <= asked.at
    ORDER BY told.observed_at DESC, told.sample_id DESC NULLS LAST
    LIMIT 1
) AS scored
LEFT JOIN beat.audience_quality AS sample
    ON
        sample.platform = asked.platform AND sample.profile_id = asked.profile_id AND sample.relation = 'follower'
        AND sample.sample_id = scored.sample_id

-- name: enrichment
-- The answer of a model on an account; where it has answered again since, nothing. Index: the primary key of enrichment.
SELECT
    asked.n,
    answer.source,
    answer.observed_at,
    '{}'::text [] AS payloads,
    0 AS payload_count,
    jsonb_strip_nulls(jsonb_build_object(
        'kind', answer.kind, 'model', answer.model, 'prompt_version', answer.prompt_version,
        'input_hash', answer.input_hash, 'is_sandbox', answer.is_sandbox, 'confidence', answer.confidence
    )) AS inputs
FROM
    unnest(
        %(platform)s::beat.platform [], %(profile_id)s::text [], %(model)s::text [], %(prompt_version)s::text [],
        %(at)s::timestamptz []
    ) WITH ORDINALITY AS asked (platform, profile_id, model, prompt_version, at, n)
CROSS JOIN LATERAL (
    SELECT * FROM beat.enrichment AS told
    WHERE
        told.platform = asked.platform AND told.profile_id = asked.profile_id AND told.model = asked.model
        AND told.prompt_version = asked.prompt_version AND told.kind = ANY (%(kinds)s) AND told.observed_at = asked.at
    LIMIT 1
) AS answer

-- name: audience
-- What the platform told the owner of an account about its audience. Index: the primary key of profile_audience.
SELECT
    asked.n,
    string_agg(DISTINCT told.source, ', ') AS source,
    max(told.observed_at) AS observed_at,
    (array_agg(DISTINCT told.raw_object) FILTER (WHERE told.raw_object IS NOT null))[:%(most)s] AS payloads,
    count(DISTINCT told.raw_object) AS payload_count,
    jsonb_build_object('figures', count(*)) AS inputs
FROM
    unnest(%(platform)s::beat.platform [], %(profile_id)s::text [], %(at)s::timestamptz [])
    WITH ORDINALITY AS asked (platform, profile_id, at, n)
INNER JOIN beat.profile_audience AS told
    ON told.platform = asked.platform AND told.subject_id = asked.profile_id AND told.observed_at = asked.at
GROUP BY asked.n

-- name: story
-- A story and what the platform told its owner of it until a time. Index: the primary keys of story and story_insight.
SELECT
    asked.n,
    coalesce(insight.source, told.source) AS source,
    coalesce(insight.observed_at, told.observed_at) AS observed_at,
    payload.names[:%(most)s] AS payloads,
    cardinality(payload.names) AS payload_count,
    coalesce(insight.figures, '{}') AS inputs
FROM
    unnest(%(platform)s::beat.platform [], %(story_id)s::text [], %(at)s::timestamptz [])
    WITH ORDINALITY AS asked (platform, story_id, at, n)
INNER JOIN beat.story AS told ON told.platform = asked.platform AND told.story_id = asked.story_id
LEFT JOIN LATERAL (
    SELECT
        string_agg(DISTINCT i.source, ', ') AS source,
        max(i.observed_at) AS observed_at,
        array_agg(DISTINCT i.raw_object) AS payloads,
        jsonb_object_agg(i.metric, i.value ORDER BY i.end_time) AS figures
    FROM beat.story_insight AS i
    WHERE i.platform = asked.platform AND i.subject_id = asked.story_id AND i.observed_at <= asked.at
) AS insight ON true
CROSS JOIN LATERAL (
    SELECT array_remove(array_append(coalesce(insight.payloads, '{}'), told.raw_object), null) AS names
) AS payload

-- name: hashtag
-- What the platform counted under a hashtag when it was asked last; a source may tell one hashtag in two spellings.
-- Few rows: those of the platform are looked at.
SELECT
    asked.n,
    entry.source,
    entry.observed_at,
    array_remove(ARRAY[entry.raw_object], null) AS payloads,
    num_nonnulls(entry.raw_object) AS payload_count,
    jsonb_build_object('posts_count', entry.posts_count) AS inputs
FROM unnest(%(platform)s::beat.platform [], %(hashtag)s::text [], %(at)s::timestamptz [])
    WITH ORDINALITY AS asked (platform, hashtag, at, n)
CROSS JOIN LATERAL (
    SELECT told.source, told.observed_at, told.raw_object, told.posts_count FROM beat.hashtag AS told
    WHERE
        told.platform = asked.platform AND lower(told.name) = asked.hashtag AND told.observed_at <= asked.at
        AND told.posts_count IS NOT NULL
    ORDER BY told.observed_at DESC, told.name DESC
    LIMIT 1
) AS entry

-- name: collection
-- The posts of collections, each as it was seen last until a time with the metric. Index: the primary keys of collection_post and post_log.
SELECT
    asked.n,
    string_agg(DISTINCT entry.source, ', ') AS source,
    max(entry."timestamp") AS observed_at,
    (array_agg(DISTINCT entry.raw_object) FILTER (WHERE entry.raw_object IS NOT null))[:%(most)s] AS payloads,
    count(DISTINCT entry.raw_object) AS payload_count,
    jsonb_build_object(
        'posts_counted', count(*),
        'sum_of_likes', sum((entry.metrics ->> 'likes')::bigint),
        'sum_of_comments', sum((entry.metrics ->> 'comments')::bigint),
        'sum_of_plays', sum((entry.metrics ->> 'plays')::bigint)
    ) AS inputs
FROM
    unnest(
        %(id)s::text [], %(platform)s::text [], %(profile_id)s::text [], %(hashtag)s::text [], %(keyword)s::text [],
        %(at)s::timestamptz []
    ) WITH ORDINALITY AS asked (id, platform, profile_id, hashtag, keyword, at, n)
INNER JOIN app.collection_post AS post
    ON
        post.collection_id = asked.id
        AND (asked.platform IS null OR post.platform = asked.platform)
        AND (asked.profile_id IS null OR post.profile_id = asked.profile_id)
        AND (asked.hashtag IS null OR asked.hashtag = ANY (post.hashtags))
        AND (asked.keyword IS null OR post.kind = 'KEYWORDS' AND asked.keyword = ANY (post.matched))
CROSS JOIN LATERAL (
    SELECT told.source, told."timestamp", told.raw_object, told.metrics FROM beat.post_log AS told
    WHERE
        told.platform = post.platform::beat.platform AND told.post_id = post.post_id
        AND told."timestamp" <= asked.at
        AND (%(metric)s::text IS NULL OR told.metrics ->> %(metric)s IS NOT NULL)
    ORDER BY told."timestamp" DESC
    LIMIT 1
) AS entry
GROUP BY asked.n

-- name: campaign
-- The posts that were made for campaigns, each once: those that their collections name, and those of their own creators under the
-- hashtags that they follow, as in the marts.
SELECT
    asked.n,
    string_agg(DISTINCT entry.source, ', ') AS source,
    max(entry."timestamp") AS observed_at,
    (array_agg(DISTINCT entry.raw_object) FILTER (WHERE entry.raw_object IS NOT null))[:%(most)s] AS payloads,
    count(DISTINCT entry.raw_object) AS payload_count,
    jsonb_build_object(
        'posts_counted', count(*),
        'sum_of_likes', sum((entry.metrics ->> 'likes')::bigint),
        'sum_of_comments', sum((entry.metrics ->> 'comments')::bigint),
        'sum_of_plays', sum((entry.metrics ->> 'plays')::bigint)
    ) AS inputs
FROM
    unnest(%(id)s::text [], %(platform)s::text [], %(profile_id)s::text [], %(at)s::timestamptz [])
    WITH ORDINALITY AS asked (id, platform, profile_id, at, n)
CROSS JOIN LATERAL (
    SELECT DISTINCT p.platform, p.post_id FROM app.collection_post AS p
    WHERE
        p.campaign_id = asked.id AND p.post_id IS NOT null
        AND (
            p.kind = 'POSTS'
            OR p.kind = 'HASHTAGS' AND (p.platform, p.profile_id) IN (
                SELECT m.platform, m.profile_id FROM app.campaign_profile AS m WHERE m.campaign_id = asked.id
            )
        )
        AND (asked.platform IS null OR p.platform = asked.platform)
        AND (asked.profile_id IS null OR p.profile_id = asked.profile_id)
) AS post
CROSS JOIN LATERAL (
    SELECT told.source, told."timestamp", told.raw_object, told.metrics FROM beat.post_log AS told
    WHERE
        told.platform = post.platform::beat.platform AND told.post_id = post.post_id
        AND told."timestamp" <= asked.at
        AND (%(metric)s::text IS NULL OR told.metrics ->> %(metric)s IS NOT NULL)
    ORDER BY told."timestamp" DESC
    LIMIT 1
) AS entry
GROUP BY asked.n

-- name: post_ids
-- The ids of posts that are named by the code in their address; a YouTube video's code is its id. Of two ids that one post was
-- collected under the one that was seen last counts, as in the marts. Index: instagram_post_shortcode.
SELECT asked.n, coalesce(post.post_id, CASE asked.platform WHEN 'YOUTUBE' THEN asked.code END) AS post_id
FROM unnest(%(platform)s::text [], %(code)s::text [], %(profile_id)s::text [])
    WITH ORDINALITY AS asked (platform, code, profile_id, n)
LEFT JOIN LATERAL (
    SELECT i.post_id FROM beat.instagram_post AS i
    WHERE i.platform::text = asked.platform AND i.profile_id = asked.profile_id AND i.shortcode = asked.code
    ORDER BY i.observed_at DESC, i.post_id DESC
    LIMIT 1
) AS post ON true
ORDER BY asked.n

-- name: sync_run
-- The run that published the rows. Index: the primary key.
SELECT run_id, finished_at, source_updated_at, staged_object FROM beat.sync_run WHERE id = %(run)s
