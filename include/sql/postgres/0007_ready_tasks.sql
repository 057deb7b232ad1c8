-- The queue's own index tables, so that a task's life costs little: a change of status touches no index of the log (the
-- new version of the row stays in its page), a claim deletes one small row, a heartbeat updates one row per claim.

-- Every PENDING task has a row here, and nothing else has one for long: claims walk and delete these rows. A row whose
-- task is not PENDING (somebody changed it by hand) means nothing and goes with the next claim that meets it.
CREATE TABLE beat.task_ready (
    platform   beat.platform NOT NULL,
    flow       text NOT NULL,
    priority   int NOT NULL,
    id         bigint NOT NULL,
    expires_at timestamptz
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX task_ready_claim ON beat.task_ready (platform, flow, priority DESC, id);
CREATE INDEX task_ready_expiry ON beat.task_ready (expires_at) WHERE expires_at IS NOT NULL;

-- One row per claim: which tasks, held by whom, until when. It goes when the last of them has ended.
CREATE TABLE beat.task_lease (
    token       uuid PRIMARY KEY,                           -- the tasks' lease_token
    worker      text NOT NULL,
    task_ids    bigint[] NOT NULL,
    claimed_at  timestamptz NOT NULL DEFAULT now(),
    lease_until timestamptz NOT NULL
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- Tasks held at this moment go to leases of the new kind.
INSERT INTO beat.task_lease (token, worker, task_ids, lease_until)
SELECT lease_token, coalesce(worker, ''), ARRAY[id], lease_until
FROM beat.scrape_request_log
WHERE status = 'PROCESSING';
INSERT INTO beat.task_ready (platform, flow, priority, id, expires_at)
SELECT platform, flow, priority, id, expires_at
FROM beat.scrape_request_log
WHERE status = 'PENDING'
ORDER BY platform, flow, priority DESC, id;

DROP INDEX beat.scrape_request_log_claim;
DROP INDEX beat.scrape_request_log_waiting;
DROP INDEX beat.scrape_request_log_lease;
DROP INDEX beat.scrape_request_log_expiry;
DROP INDEX beat.scrape_request_log_scraped;
ALTER TABLE beat.scrape_request_log DROP COLUMN lease_until, DROP COLUMN worker;

-- No index may mention a column that changes in the usual life of a task (status, picked_at, scraped_at, lease_token):
-- Postgres would write every index anew at each change. BRIN does not count as one.
UPDATE beat.scrape_request_log SET run_after = NULL WHERE status <> 'WAITING' AND run_after IS NOT NULL;
ALTER TABLE beat.scrape_request_log
    DROP CONSTRAINT scrape_request_log_check2,
    ADD CONSTRAINT scrape_request_log_waiting CHECK ((status = 'WAITING') = (run_after IS NOT NULL)),
    SET (fillfactor = 50);
CREATE INDEX scrape_request_log_waiting ON beat.scrape_request_log (platform, flow, run_after) WHERE run_after IS NOT NULL;
CREATE INDEX scrape_request_log_ended ON beat.scrape_request_log USING brin (scraped_at) WITH (pages_per_range = 16, autosummarize = on);

-- Whoever adds tasks, by whatever statement, adds them to the ready ones and wakes the workers: once per statement and flow.
CREATE FUNCTION beat.ready_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO beat.task_ready (platform, flow, priority, id, expires_at)
    SELECT platform, flow, priority, id, expires_at
    FROM added
    WHERE status = 'PENDING';
    PERFORM pg_notify('upbeat_tasks', lower(platform::text) || '.' || flow)
    FROM (SELECT DISTINCT platform, flow FROM added WHERE status = 'PENDING') AS flows;
    RETURN NULL;
END
$$;
CREATE TRIGGER ready_added AFTER INSERT ON beat.scrape_request_log
REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION beat.ready_added();

-- A task that comes back (retry whose time has come, drain, rescue) is ready again. Claims and ends do not fire this.
CREATE FUNCTION beat.ready_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO beat.task_ready (platform, flow, priority, id, expires_at)
    VALUES (new.platform, new.flow, new.priority, new.id, new.expires_at);
    RETURN NULL;
END
$$;
CREATE TRIGGER ready_again AFTER UPDATE ON beat.scrape_request_log
FOR EACH ROW WHEN (new.status = 'PENDING' AND old.status <> 'PENDING') EXECUTE FUNCTION beat.ready_again();
