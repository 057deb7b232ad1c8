-- name: role_exists
SELECT to_regrole(%(role)s) IS NOT NULL AS found;

-- name: is_member
-- Whether our user has the rights of the role, and a superuser has: giving it tables takes that.
SELECT pg_has_role(current_user, %(role)s, 'USAGE') AS found;

-- name: reader
-- Everything that is published or public. No secret of a credential, no hash of a key, nobody's request.
GRANT USAGE ON SCHEMA app, beat, coffee TO upbeat_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA app, coffee, beat TO upbeat_reader;
REVOKE SELECT ON beat.credential, beat.credential_change, beat.api_key, beat.api_request FROM upbeat_reader;

-- name: api
-- The API's processes: they read all that is public, keep keys, requests, tasks and credentials, write the product's own tables, and
-- store the profiles and posts that they look up themselves: what the flows of look-ups state as `writes`.
GRANT upbeat_reader TO upbeat_api;
GRANT USAGE ON SCHEMA app, beat, coffee TO upbeat_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA coffee TO upbeat_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON beat.credential, beat.credential_change, beat.scrape_request_log, beat.task_ready, beat.api_request,
beat.tracked_profile TO upbeat_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON beat.task_lease TO upbeat_api;
GRANT SELECT, INSERT, UPDATE ON beat.api_key, beat.instagram_account, beat.instagram_post, beat.youtube_account, beat.youtube_post,
beat.profile_log, beat.post_log TO upbeat_api;
GRANT UPDATE ON beat.imported_observation TO upbeat_api;
GRANT SELECT, INSERT, DELETE ON beat.inbox TO upbeat_api;
GRANT SELECT, INSERT ON beat.audit_log, beat.credential_event, beat.outbox TO upbeat_api;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA beat, coffee TO upbeat_api;

-- name: worker
-- Collection, enrichment, assets and scoring: all of `beat` but keys, requests and the audit log. No right on what is published.
GRANT USAGE ON SCHEMA beat, coffee TO upbeat_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA beat TO upbeat_worker;
GRANT SELECT ON ALL TABLES IN SCHEMA coffee TO upbeat_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA beat TO upbeat_worker;
REVOKE ALL ON beat.api_key, beat.api_request, beat.audit_log, beat.sync_run FROM upbeat_worker;

-- name: events
-- Relay and sink: the outbox and what belongs to it, and nothing else.
GRANT USAGE ON SCHEMA beat TO upbeat_events;
GRANT SELECT, INSERT, UPDATE, DELETE ON beat.outbox, beat.outbox_batch, beat.outbox_error, beat.sink_batch, beat.event_minute
TO upbeat_events;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA beat TO upbeat_events;

-- name: listener
-- Messages of other services: tasks, credentials, the product's tables.
GRANT USAGE ON SCHEMA beat, coffee TO upbeat_listener;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA coffee TO upbeat_listener;
GRANT SELECT, INSERT, UPDATE, DELETE ON beat.credential, beat.credential_change, beat.scrape_request_log, beat.task_ready, beat.inbox,
beat.outbox_error, beat.event_minute, beat.tracked_profile TO upbeat_listener;
GRANT SELECT, INSERT ON beat.credential_event, beat.outbox, beat.audit_log TO upbeat_listener;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA beat, coffee TO upbeat_listener;

-- name: sync
-- Publishing moves tables between schemas: that takes their owner. It notes its runs, and reads nothing of collection.
GRANT USAGE ON SCHEMA beat TO upbeat_sync;
GRANT SELECT, INSERT, UPDATE, DELETE ON beat.sync_run TO upbeat_sync;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA beat TO upbeat_sync;
GRANT USAGE, CREATE ON SCHEMA app, app_next, app_old TO upbeat_sync;
-- Whoever of the two publishes, the next version can be read at once.
ALTER DEFAULT PRIVILEGES IN SCHEMA app, app_next GRANT SELECT ON TABLES TO upbeat_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE upbeat_sync IN SCHEMA app, app_next GRANT SELECT ON TABLES TO upbeat_reader;

-- name: published
-- The published tables that are not the role's yet.
SELECT format('%%I.%%I', n.nspname, c.relname) AS name
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE
    n.nspname IN ('app', 'app_next', 'app_old') AND c.relkind = 'r' AND c.relowner <> to_regrole('upbeat_sync')
    AND pg_has_role(current_user, c.relowner, 'USAGE')
ORDER BY 1;
