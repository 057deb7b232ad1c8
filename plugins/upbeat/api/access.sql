-- name: add_key
-- Keeps a new key.
INSERT INTO beat.api_key (key_id, name, secret_hash, scopes, rate, account_id, expires_at)
VALUES (%(key_id)s, %(name)s, %(secret_hash)s, %(scopes)s, %(rate)s, %(account_id)s, %(expires_at)s);
