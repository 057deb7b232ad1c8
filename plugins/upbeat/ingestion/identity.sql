-- Who bears these handles.

-- name: known_ids
-- The creators that were last seen under these handles, oldest first: the last of a handle stands.
SELECT
    handle,
    profile_id
FROM beat.instagram_account
WHERE handle = ANY(%(handles)s)
ORDER BY observed_at;
