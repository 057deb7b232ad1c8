-- name: try_lock
-- True when this session has the lock now. It ends with the session.
SELECT pg_try_advisory_lock(hashtext('upbeat'), hashtext(%(name)s)) AS locked;

-- name: holder
-- Who has it: pg_locks shows the two halves of the key as unsigned numbers.
SELECT activity.application_name AS application, activity.pid, activity.backend_start AS since
FROM pg_locks AS lock
INNER JOIN pg_stat_activity AS activity USING (pid)
WHERE lock.locktype = 'advisory'
  AND lock.granted
  AND lock.database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND lock.classid::bigint = hashtext('upbeat')::bigint & 4294967295
  AND lock.objid::bigint = hashtext(%(name)s)::bigint & 4294967295
  AND lock.objsubid = 2;
