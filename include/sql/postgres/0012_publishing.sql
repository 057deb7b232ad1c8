-- What publishing keeps of its runs: in which format a file was staged, which way it was published, how many rows were
-- inserted, changed or deleted. (A json file is for people; a run of it has FAILED.) A run from before has none of it; it was a swap.

CREATE TYPE beat.publish_way AS ENUM (
    'swap',     -- a whole new table took the place of the old one, which is kept in app_old
    'merge'     -- rows that differ were changed in place; the version before is its staged file
);

ALTER TABLE beat.sync_run
    ADD COLUMN format text CHECK (format IN ('binary', 'text', 'json')),
    ADD COLUMN way beat.publish_way,
    ADD COLUMN changed_rows bigint CHECK (changed_rows >= 0);
