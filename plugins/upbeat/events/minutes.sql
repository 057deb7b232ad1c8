-- Statements on beat.event_minute, what each stage did by kind and minute.

-- name: add_minutes
-- Adds the counts of one process. Rows in the order of their key: two processes that add the same rows wait, and do not
-- block one another. The key is the index.
INSERT INTO beat.event_minute AS minutes (minute, stage, kind, events, batches, parked, lags, lag_max)
SELECT to_timestamp(added.minute), %(stage)s, added.kind, added.events, added.batches, added.parked, added.lags, added.lag_max
FROM jsonb_to_recordset(%(rows)s) AS added (
    minute bigint, kind text, events bigint, batches bigint, parked bigint, lags bigint [], lag_max double precision
)
ORDER BY 1, 2, 3
ON CONFLICT (minute, stage, kind) DO UPDATE SET
    events = minutes.events + excluded.events,
    batches = minutes.batches + excluded.batches,
    parked = minutes.parked + excluded.parked,
    lags = beat.add_counts(minutes.lags, excluded.lags),
    lag_max = greatest(minutes.lag_max, excluded.lag_max)

-- name: forget_old_minutes
-- Index: primary key.
DELETE FROM beat.event_minute WHERE minute < now() - %(keep)s::interval

-- name: recent_minutes
-- What each stage did with each kind in each of the last `minutes` whole minutes and the one under way, and how many
-- seconds all of them are. Index: primary key.
SELECT
    stage,
    kind,
    events,
    batches,
    parked,
    lags,
    lag_max,
    extract(epoch FROM now() - date_trunc('minute', now()) + %(minutes)s * interval '1 minute')::float8 AS seconds
FROM beat.event_minute
WHERE minute >= date_trunc('minute', now()) - %(minutes)s * interval '1 minute'

-- name: events_by_minute
-- For a plot: events of each stage and kind in each of the last `minutes` minutes, 0 the one under way. Index: primary key.
SELECT stage, kind, (extract(epoch FROM date_trunc('minute', now()) - minute) / 60)::int AS minutes_ago, events
FROM beat.event_minute
WHERE minute > date_trunc('minute', now()) - %(minutes)s * interval '1 minute' AND minute <= now()
