-- What the sync needs beside `app`: where the next version of a table is built, where the last one is kept, what was done.
-- A table moves app_next -> app -> app_old by SET SCHEMA, with its indexes and constraints, whose names stay.

CREATE SCHEMA app_next;
CREATE SCHEMA app_old;

CREATE TYPE beat.sync_status AS ENUM (
    'LOADING',      -- -> PUBLISHED (in the transaction of the swap), FAILED (error says why; a dead one is found by the next run)
    'PUBLISHED',    -- the newest one of a plan stands in `app`.  -> ROLLED_BACK
    'FAILED',       -- end: nothing was published
    'ROLLED_BACK'   -- end: was published, then taken back by a person
);

CREATE TABLE beat.sync_run (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    plan              text NOT NULL,
    run_id            text NOT NULL,
    status            beat.sync_status NOT NULL DEFAULT 'LOADING',
    staged_object     text NOT NULL,                        -- s3://bucket/key
    rows              bigint NOT NULL CHECK (rows >= 0),
    bytes             bigint NOT NULL CHECK (bytes >= 0),
    sha256            text NOT NULL,
    source_updated_at timestamptz,                          -- of the mart when it was exported
    started_at        timestamptz NOT NULL DEFAULT now(),
    finished_at       timestamptz,
    error             text,
    CHECK ((status = 'LOADING') = (finished_at IS NULL)),
    CHECK ((status = 'FAILED') = (error IS NOT NULL))
);
CREATE INDEX sync_run_plan ON beat.sync_run (plan, id DESC);
-- One load of a plan at a time.
CREATE UNIQUE INDEX sync_run_one_loading ON beat.sync_run (plan) WHERE status = 'LOADING';
