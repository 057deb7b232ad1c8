-- name: add_line
-- Who did what.
INSERT INTO beat.audit_log (actor, action, resource_id, request_id, detail)
VALUES (%(actor)s, %(action)s, %(resource_id)s, %(request_id)s, %(detail)s::jsonb);
