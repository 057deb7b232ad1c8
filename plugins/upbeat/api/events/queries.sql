-- name: add_events
-- Events for the sink, in the order in which they came.
INSERT INTO beat.outbox (kind, key, payload, observed_at)
SELECT kind, key, payload::jsonb, observed_at::timestamptz
FROM unnest(%(kinds)s::text[], %(keys)s::text[], %(payloads)s::text[], %(observed)s::text[])
    WITH ORDINALITY AS event (kind, key, payload, observed_at, place)
ORDER BY place;
