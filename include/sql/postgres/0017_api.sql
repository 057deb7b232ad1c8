-- The REST API: who may call it, which requests were answered already, and who changed what.

-- An API key is shown once, when it is made. Its secret is random (256 bits): a plain hash of it cannot be searched through.
CREATE TABLE beat.api_key (
    key_id       text PRIMARY KEY CHECK (key_id ~ '^[a-z0-9]{12}$'),  -- the part of the key that may be shown
    name         text NOT NULL CHECK (name <> ''),
    secret_hash  bytea NOT NULL CHECK (octet_length(secret_hash) = 32),  -- SHA-256
    scopes       text[] NOT NULL CHECK (cardinality(scopes) > 0),
    rate         text CHECK (rate ~ '^[0-9]+/'),                        -- none: the setting's
    account_id   text,                                                -- the product's customer that it acts for; none: all
    created_at   timestamptz NOT NULL DEFAULT now(),
    expires_at   timestamptz,
    revoked_at   timestamptz,
    last_used_at timestamptz                                          -- to the minute
);

-- A request with an Idempotency-Key, and what was answered: a repeat gets the same answer, another body is refused. It is written in the
-- transaction of the request's effect, so that one is never there without the other.
CREATE TABLE beat.api_request (
    key_id          text NOT NULL,
    idempotency_key text NOT NULL CHECK (length(idempotency_key) BETWEEN 1 AND 255),
    request_hash    bytea NOT NULL,                                   -- SHA-256 of method, path and body
    status          smallint NOT NULL,
    answer          jsonb NOT NULL,
    created_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (key_id, idempotency_key)
);
CREATE INDEX api_request_created ON beat.api_request (created_at);

-- Every write by a person or a program of the API, in the transaction of the write. It tells no secret.
CREATE TABLE beat.audit_log (
    audit_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at          timestamptz NOT NULL DEFAULT now(),
    actor       text NOT NULL,                                        -- `key:<key_id>`, `airflow:<user>`, `shell:<user>`
    action      text NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),   -- `credential.add`
    resource_id text NOT NULL,
    request_id  text,
    detail      jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_log_at ON beat.audit_log (at);
CREATE INDEX audit_log_resource ON beat.audit_log (resource_id, at);
