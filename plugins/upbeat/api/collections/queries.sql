-- name: get
-- One collection as it could be sent again; its members stand in one of the four tables. Index: primary keys.
SELECT
    jsonb_build_object(
        'collection_id', collection_id, 'kind', kind, 'account_id', account_id, 'campaign_id', campaign_id,
        'name', name, 'currency', currency, 'starts_on', starts_on, 'ends_on', ends_on, 'created_at', created_at,
        'updated_at', updated_at,
        'members', (
            SELECT coalesce(jsonb_agg(jsonb_strip_nulls(member.told) ORDER BY member.platform, member.name), '[]')
            FROM (
                SELECT
                    post.platform,
                    post.shortcode AS name,
                    jsonb_build_object(
                        'platform', post.platform, 'shortcode', post.shortcode, 'handle', post.handle,
                        'cost', post.cost::text, 'added_at', post.added_at
                    ) AS told
                FROM coffee.collection_post AS post
                WHERE post.collection_id = collection.collection_id
                UNION ALL
                SELECT
                    profile.platform,
                    profile.handle,
                    jsonb_build_object(
                        'platform', profile.platform, 'handle', profile.handle, 'profile_id', profile.profile_id,
                        'cost', profile.cost::text, 'added_at', profile.added_at
                    )
                FROM coffee.collection_profile AS profile
                WHERE profile.collection_id = collection.collection_id
                UNION ALL
                SELECT
                    tag.platform,
                    tag.hashtag,
                    jsonb_build_object('platform', tag.platform, 'hashtag', tag.hashtag, 'added_at', tag.added_at)
                FROM coffee.collection_hashtag AS tag
                WHERE tag.collection_id = collection.collection_id
                UNION ALL
                SELECT
                    word.platform,
                    word.keyword,
                    jsonb_build_object('platform', word.platform, 'keyword', word.keyword, 'added_at', word.added_at)
                FROM coffee.keyword_collection AS word
                WHERE word.collection_id = collection.collection_id
            ) AS member
        )
    )
FROM coffee.collection
WHERE
    collection_id = %(id)s AND deleted_at IS NULL
    AND (%(account_id)s::text IS NULL OR account_id = %(account_id)s);

-- name: list
-- A page of collections, without their members. Index: primary key.
SELECT
    jsonb_build_object(
        'collection_id', collection_id, 'kind', kind, 'account_id', account_id, 'campaign_id', campaign_id,
        'name', name, 'currency', currency, 'starts_on', starts_on, 'ends_on', ends_on, 'created_at', created_at,
        'updated_at', updated_at
    )
FROM coffee.collection
WHERE
    collection_id > %(after)s AND deleted_at IS NULL
    AND (%(account_id)s::text IS NULL OR account_id = %(account_id)s)
    AND (%(kind)s::text IS NULL OR kind::text = %(kind)s)
    AND (%(campaign_id)s::text IS NULL OR campaign_id = %(campaign_id)s)
ORDER BY collection_id
LIMIT %(limit)s;

-- name: lock
SELECT account_id, updated_at, deleted_at IS NOT NULL AS deleted FROM coffee.collection
WHERE collection_id = %(id)s
FOR UPDATE;
