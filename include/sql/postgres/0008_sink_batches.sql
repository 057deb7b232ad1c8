-- The membership of the batches that the sink makes from a broker's messages survives the sink: messages that come again
-- after a crash are sent as the batch that they were, and ClickHouse drops the repeat.
--
-- Unlogged, for it is written once per insert and only spares the disk repeats, which FINAL hides: a crash of Postgres may
-- take it. Rows live as long as their batch, for a second or so; those of dead sinks for an hour.
CREATE UNLOGGED TABLE beat.sink_batch (
    id         uuid PRIMARY KEY,
    kind       text NOT NULL,
    event_ids  bigint[] NOT NULL CHECK (event_ids <> '{}'),     -- in the batch's order; an id of 2^63 or more less 2^64
    created_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX sink_batch_kind ON beat.sink_batch (kind);
