-- How far `upbeat score-queue collect` has read each shard of the stream of scores. A row moves in the transaction that writes
-- the scores: what was read and not written is read again.
CREATE TABLE beat.stream_checkpoint (
    stream text NOT NULL,                                   -- name and time of creation: another stream of this name is another one
    shard_id text NOT NULL,
    sequence_number numeric,                                -- of the last record that was written; up to 56 digits
    has_ended boolean NOT NULL DEFAULT false,               -- split or merged, and read to its end
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (stream, shard_id)
);
