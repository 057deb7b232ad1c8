-- name: add_key
-- Keeps a new key.
INSERT INTO beat.api_key (key_id, name, secret_hash, scopes, rate, account_id, expires_at)
VALUES (%(key_id)s, %(name)s, %(secret_hash)s, %(scopes)s, %(rate)s, %(account_id)s, %(expires_at)s);

-- name: list_keys
-- All keys without their secrets, the newest first.
SELECT key_id, name, scopes, rate, account_id,
       CASE WHEN revoked_at IS NOT NULL THEN 'revoked' WHEN expires_at <= now() THEN 'expired' ELSE 'usable' END AS state,
       created_at, expires_at, revoked_at, last_used_at
FROM beat.api_key
ORDER BY created_at DESC, key_id;

-- name: revoke_key
-- The first time counts; `is_new` tells whether this is it.
UPDATE beat.api_key AS key SET revoked_at = coalesce(key.revoked_at, now())
FROM (SELECT key_id, revoked_at FROM beat.api_key WHERE key_id = %(key_id)s FOR UPDATE) AS old
WHERE key.key_id = old.key_id
RETURNING old.revoked_at IS NULL AS is_new;
