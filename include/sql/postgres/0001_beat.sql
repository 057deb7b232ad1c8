-- Schema `beat`: the queue, credentials, current rows, logs and outbox of collection.
-- Rules live here, not in the code: states as enums, CHECKs for impossible rows, unique keys.

CREATE SCHEMA beat;
CREATE SCHEMA app;

CREATE TYPE beat.platform AS ENUM ('INSTAGRAM', 'YOUTUBE', 'SHOPIFY');

CREATE TYPE beat.task_status AS ENUM (
    'PENDING',     -- may be claimed now.   -> PROCESSING (claim), FAILED (expired)
    'WAITING',     -- runs at run_after.    -> PENDING (promotion); shown as PENDING outside
    'PROCESSING',  -- held under a lease.   -> COMPLETE, FAILED, TIMEOUT, WAITING (retry, throttled), PENDING (reaper, drain)
    'COMPLETE',    -- end: the rows are committed with it
    'FAILED',      -- end: data.error says why
    'TIMEOUT'      -- end: ran past the deadline
);

CREATE TABLE beat.scrape_request_log (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    idempotency_key text NOT NULL UNIQUE CHECK (idempotency_key <> ''),
    platform        beat.platform NOT NULL,
    flow            text NOT NULL,
    status          beat.task_status NOT NULL DEFAULT 'PENDING',
    params          jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(params) = 'object'),
    data            jsonb,                                  -- result or error of the last attempt
    priority        int NOT NULL DEFAULT 1,                 -- higher first
    retry_count     int NOT NULL DEFAULT 0 CHECK (retry_count >= 0),
    account_id      text,                                   -- groups the tasks of one customer or campaign
    created_at      timestamptz NOT NULL DEFAULT now(),
    picked_at       timestamptz,
    scraped_at      timestamptz,                            -- when it reached its end state
    expires_at      timestamptz,                            -- never picked after this
    run_after       timestamptz,                            -- of WAITING rows: when they become PENDING
    lease_token     uuid,                                   -- finishing with another token is refused
    lease_until     timestamptz,
    worker          text,
    CHECK ((status = 'PROCESSING') = (lease_token IS NOT NULL)),
    CHECK ((lease_token IS NULL) = (lease_until IS NULL)),
    CHECK (status <> 'WAITING' OR run_after IS NOT NULL),
    CHECK ((status IN ('COMPLETE', 'FAILED', 'TIMEOUT')) = (scraped_at IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- Claims stay flat as the backlog and the history grow: only runnable rows are in this index.
CREATE INDEX scrape_request_log_claim ON beat.scrape_request_log (platform, flow, priority DESC, id) WHERE status = 'PENDING';
CREATE INDEX scrape_request_log_promote ON beat.scrape_request_log (run_after) WHERE status = 'WAITING';
CREATE INDEX scrape_request_log_lease ON beat.scrape_request_log (lease_until) WHERE status = 'PROCESSING';
CREATE INDEX scrape_request_log_expiry ON beat.scrape_request_log (expires_at) WHERE status IN ('PENDING', 'WAITING') AND expires_at IS NOT NULL;
CREATE INDEX scrape_request_log_scraped ON beat.scrape_request_log (scraped_at) WHERE scraped_at IS NOT NULL;
CREATE INDEX scrape_request_log_account ON beat.scrape_request_log (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE beat.credential (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    idempotency_key     text NOT NULL UNIQUE,               -- source and user id or fingerprint of the key
    source              text NOT NULL,
    credentials         bytea NOT NULL,                     -- encrypted JSON: token, user_id, key, …
    handle              text,
    enabled             boolean NOT NULL DEFAULT true,      -- set by a person alone
    data_access_expired boolean NOT NULL DEFAULT false,
    disabled_till       timestamptz,                        -- cool-down: ends by itself
    created_at          timestamptz NOT NULL DEFAULT now(),
    updated_at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX credential_source ON beat.credential (source) WHERE enabled;

CREATE TABLE beat.instagram_account (
    platform         beat.platform NOT NULL DEFAULT 'INSTAGRAM' CHECK (platform = 'INSTAGRAM'),
    profile_id       text NOT NULL,
    handle           text NOT NULL,
    full_name        text,
    biography        text,
    category         text,
    external_url     text,
    profile_pic_url  text,
    is_verified      boolean,
    is_business      boolean,
    is_private       boolean,
    followers_count  bigint CHECK (followers_count >= 0),
    following_count  bigint CHECK (following_count >= 0),
    posts_count      bigint CHECK (posts_count >= 0),
    source           text NOT NULL,
    observed_at      timestamptz NOT NULL,
    created_at       timestamptz NOT NULL DEFAULT now(),
    updated_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, profile_id)
) WITH (fillfactor = 80);
CREATE INDEX instagram_account_handle ON beat.instagram_account (handle);
CREATE INDEX instagram_account_observed ON beat.instagram_account (observed_at);

CREATE TABLE beat.instagram_post (
    platform       beat.platform NOT NULL DEFAULT 'INSTAGRAM' CHECK (platform = 'INSTAGRAM'),
    post_id        text NOT NULL,
    profile_id     text NOT NULL,
    handle         text NOT NULL,
    shortcode      text,
    post_type      text CHECK (post_type IN ('image', 'video', 'reel', 'carousel')),
    caption        text,
    permalink      text,
    media_url      text,
    published_at   timestamptz,
    likes_count    bigint CHECK (likes_count >= 0),
    comments_count bigint CHECK (comments_count >= 0),
    plays_count    bigint CHECK (plays_count >= 0),
    source         text NOT NULL,
    observed_at    timestamptz NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, post_id)
) WITH (fillfactor = 80);
CREATE INDEX instagram_post_profile ON beat.instagram_post (platform, profile_id);

-- The audit log: every observation that was ever made. A replay of the same payload corrects its entry.
CREATE TABLE beat.profile_log (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    platform    beat.platform NOT NULL,
    profile_id  text NOT NULL,
    handle      text NOT NULL,
    dimensions  jsonb NOT NULL,
    metrics     jsonb NOT NULL,
    source      text NOT NULL,
    "timestamp" timestamptz NOT NULL,                       -- when the source was asked
    raw_object  text,                                       -- where the raw payload is archived
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, profile_id, "timestamp", source)
);

CREATE TABLE beat.post_log (
    id          bigint GENERATED ALWAYS AS IDENTITY,
    platform    beat.platform NOT NULL,
    post_id     text NOT NULL,
    profile_id  text NOT NULL,
    dimensions  jsonb NOT NULL,
    metrics     jsonb NOT NULL,
    source      text NOT NULL,
    "timestamp" timestamptz NOT NULL,
    raw_object  text,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, post_id, "timestamp", source)
);

-- Which creators are collected, and how closely. A handle stays here whether it was found or not.
CREATE TABLE beat.tracked_profile (
    platform       beat.platform NOT NULL,
    handle         text NOT NULL,
    tier           text NOT NULL DEFAULT 'tracked' CHECK (tier IN ('tracked', 'campaign', 'leaderboard', 'long_tail')),
    added_at       timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (platform, handle)
);

CREATE TYPE beat.outbox_status AS ENUM (
    'NEW',      -- -> CLAIMED: the membership of its batch is fixed before anything is sent
    'CLAIMED'   -- -> deleted once stored; a dead sink's batch is sent again as it was
);

CREATE TABLE beat.outbox (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind        text NOT NULL,
    key         text NOT NULL,
    payload     jsonb NOT NULL,
    observed_at timestamptz NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT now(),
    status      beat.outbox_status NOT NULL DEFAULT 'NEW',
    batch       uuid,
    CHECK ((status = 'CLAIMED') = (batch IS NOT NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX outbox_new ON beat.outbox (kind, id) WHERE status = 'NEW';
CREATE INDEX outbox_claimed ON beat.outbox (batch) WHERE status = 'CLAIMED';

CREATE TABLE beat.outbox_batch (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL,
    claimed_at  timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL,
    attempts    int NOT NULL DEFAULT 1,
    last_error  text
);

-- Events that cannot be stored, with their reason: `upbeat events retry` sends them back.
CREATE TABLE beat.outbox_error (
    id          bigint PRIMARY KEY,
    kind        text NOT NULL,
    key         text NOT NULL,
    payload     jsonb NOT NULL,
    observed_at timestamptz NOT NULL,
    reason      text NOT NULL,
    failed_at   timestamptz NOT NULL DEFAULT now()
);

-- History from exports older than the first collection. Exports know handles, not ids: a row waits here until its
-- creator is first collected, then it is copied into profile_log under the creator's id.
CREATE TABLE beat.imported_observation (
    platform    beat.platform NOT NULL,
    handle      text NOT NULL,
    observed_at timestamptz NOT NULL,
    source      text NOT NULL,                              -- 'import:<file name>'
    dimensions  jsonb NOT NULL,
    metrics     jsonb NOT NULL,
    imported_at timestamptz NOT NULL DEFAULT now(),
    attached_at timestamptz,
    PRIMARY KEY (platform, handle, observed_at, source)
);
CREATE INDEX imported_observation_waiting ON beat.imported_observation (platform, handle) WHERE attached_at IS NULL;
