-- Ids of events that came over the API are their caller's own from now on: whose each known one is, the line of the audit log says that
-- was written in the same transaction, so at the same `now()`. What no line tells stays under the old name until it is forgotten.
UPDATE beat.inbox AS entry
SET
    listener = 'api_events:' || CASE
        WHEN key.account_id IS NOT NULL THEN 'account:' || key.account_id
        ELSE line.actor
    END
FROM beat.audit_log AS line
LEFT JOIN beat.api_key AS key ON line.actor = 'key:' || key.key_id
WHERE entry.listener = 'api_events' AND line.action = 'event.add' AND entry.handled_at = line.at;
