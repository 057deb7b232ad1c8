-- What relay, sink and listeners did, by kind and minute. Every process adds its own counts to the rows of the minute.
-- Times of events (`lags`) are counts between fixed bounds (events/lag_histogram.py), so that rows of several processes and
-- minutes add up: no percentile of percentiles.

CREATE TABLE beat.event_minute (
    minute  timestamptz NOT NULL,
    stage   text NOT NULL CHECK (stage IN ('relay', 'sink', 'listen')),
    kind    text NOT NULL,                                  -- of the event; for `listen` the listener's name
    events  bigint NOT NULL DEFAULT 0 CHECK (events >= 0),  -- published, stored, or handled
    batches bigint NOT NULL DEFAULT 0 CHECK (batches >= 0),
    parked  bigint NOT NULL DEFAULT 0 CHECK (parked >= 0),
    lags    bigint [] NOT NULL DEFAULT '{}',                -- events whose age at that moment lay below each bound
    lag_max double precision NOT NULL DEFAULT 0,            -- seconds
    PRIMARY KEY (minute, stage, kind)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);

-- Place by place; the shorter one counts as zeros behind its end.
CREATE FUNCTION beat.add_counts(bigint [], bigint []) RETURNS bigint [] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(coalesce(one, 0) + coalesce(other, 0) ORDER BY place), '{}')
    FROM unnest($1, $2) WITH ORDINALITY AS counts (one, other, place)
$$;
