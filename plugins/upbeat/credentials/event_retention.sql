-- name: count_old
-- Index: credential_event_at.
SELECT count(*) AS events FROM beat.credential_event WHERE at < %(before)s;

-- name: delete_old
-- A bounded number at a time, so that nothing is locked for long.
DELETE FROM beat.credential_event
WHERE credential_event_id IN (
    SELECT event.credential_event_id FROM beat.credential_event AS event
    WHERE event.at < %(before)s
    ORDER BY event.at
    LIMIT %(most)s
);
