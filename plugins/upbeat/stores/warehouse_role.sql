-- name: tables
-- What the role reads, and whether it may already; a role that is not there may not.
SELECT format('%%I.%%I', n.nspname, c.relname) AS name,
       CASE WHEN to_regrole(%(role)s) IS NULL THEN false
            ELSE has_schema_privilege(to_regrole(%(role)s), n.oid, 'USAGE')
                 AND has_table_privilege(to_regrole(%(role)s), c.oid, 'SELECT') END AS granted
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND (n.nspname = 'coffee' OR (n.nspname = 'beat' AND c.relname = 'credential_event'))
ORDER BY 1;

-- name: role_exists
SELECT to_regrole(%(role)s) IS NOT NULL AS found;
