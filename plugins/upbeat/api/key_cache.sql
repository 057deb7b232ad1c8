-- name: find_key
-- One key by the part of it that may be shown.
SELECT secret_hash, scopes, rate, account_id, expires_at, revoked_at FROM beat.api_key WHERE key_id = %(key_id)s;

-- name: note_use
-- When keys were used, to the minute: never back, and no row is written twice for one minute.
UPDATE beat.api_key AS key SET last_used_at = used.at
FROM unnest(%(key_ids)s::text[], %(times)s::timestamptz[]) AS used (key_id, at)
WHERE key.key_id = used.key_id AND (key.last_used_at IS NULL OR key.last_used_at < used.at);
