-- name: get
-- One list as it could be sent again. Index: primary keys.
SELECT
    jsonb_build_object(
        'profile_list_id', profile_list_id, 'account_id', account_id, 'name', name, 'created_at', created_at,
        'updated_at', updated_at,
        'members', (
            SELECT
                coalesce(
                    jsonb_agg(
                        jsonb_strip_nulls(
                            jsonb_build_object(
                                'platform', member.platform, 'handle', member.handle, 'profile_id', member.profile_id,
                                'added_at', member.added_at
                            )
                        )
                        ORDER BY member.platform, member.handle
                    ),
                    '[]'
                )
            FROM coffee.profile_list_member AS member
            WHERE member.profile_list_id = profile_list.profile_list_id
        )
    )
FROM coffee.profile_list
WHERE
    profile_list_id = %(id)s AND deleted_at IS NULL
    AND (%(account_id)s::text IS NULL OR account_id = %(account_id)s);

-- name: list
-- A page of lists, without their members. Index: primary key.
SELECT
    jsonb_build_object(
        'profile_list_id', profile_list_id, 'account_id', account_id, 'name', name, 'created_at', created_at,
        'updated_at', updated_at
    )
FROM coffee.profile_list
WHERE
    profile_list_id > %(after)s AND deleted_at IS NULL
    AND (%(account_id)s::text IS NULL OR account_id = %(account_id)s)
ORDER BY profile_list_id
LIMIT %(limit)s;

-- name: lock
SELECT account_id, updated_at, deleted_at IS NOT NULL AS deleted FROM coffee.profile_list
WHERE profile_list_id = %(id)s
FOR UPDATE;
