-- The objects of the bucket of assets; 0018_assets.sql tells why each has a row.

-- name: use
-- Says that an object is in use, and tells whether it is there. Waits for a deletion that is under way, and then finds none.
INSERT INTO beat.asset_object AS object (object_key, content_type, size_bytes)
VALUES (%(object_key)s, %(content_type)s, %(size_bytes)s)
ON CONFLICT (object_key) DO UPDATE SET used_at = now()
RETURNING object.stored_at IS NOT NULL;

-- name: stored
-- The object is there.
UPDATE beat.asset_object SET stored_at = now()
WHERE object_key = %(object_key)s;

-- name: still_used
-- What a task found unchanged is in use.
UPDATE beat.asset_object SET used_at = now()
WHERE object_key = ANY(%(object_keys)s);
