-- name: has_revision
-- Whether this database was ever migrated.
SELECT to_regclass('upbeat_migration') AS found;

-- name: revision
SELECT version_num FROM upbeat_migration;

-- name: size
-- A name that is no table (yet) weighs nothing.
SELECT
    coalesce(pg_total_relation_size(to_regclass(%(table)s)), 0) AS bytes,
    coalesce((SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = to_regclass(%(table)s)), 0) AS rows;

-- name: sees_others
-- Whether our user sees since when the transactions of others have been open.
SELECT pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS found;

-- name: long_transactions
-- Those of this database that have been open for long; vacuums do not hold up others, and end when they are asked.
SELECT
    pid,
    coalesce(nullif(application_name, ''), 'somebody') AS application,
    extract(EPOCH FROM clock_timestamp() - xact_start)::float8 AS seconds
FROM pg_stat_activity
WHERE
    datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    AND xact_start < clock_timestamp() - make_interval(secs => %(seconds)s)
ORDER BY xact_start;
