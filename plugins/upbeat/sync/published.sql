-- What stands in `app` now: what follows a table through a swap, and what would be lost by one.
-- %(table)s is a regclass text ('app.leaderboard'), its schema and name come apart where the catalogue wants them so.

-- name: table_exists
SELECT to_regclass(%(table)s) IS NOT NULL AS found

-- name: index_memory
-- For the rest of the transaction: 256 MB to sort an index with, or what the server's owner gives if that is more.
SELECT set_config('maintenance_work_mem', greatest(setting::bigint, 262144) || 'kB', true)
FROM pg_settings WHERE name = 'maintenance_work_mem'

-- name: columns
-- Columns with their full types, in order.
SELECT attname AS name, format_type(atttypid, atttypmod) AS type
FROM pg_attribute
WHERE attrelid = to_regclass(%(table)s) AND attnum > 0 AND NOT attisdropped
ORDER BY attnum

-- name: not_carried
-- Everything that hangs on the table and that a swap would leave on the old version, in words. Indexes and the key of
-- the plan are built anew; views, triggers, policies and outgoing foreign keys are carried; incoming foreign keys and
-- publications ask for another way (`only_in_place`). None of these counts here.
WITH old AS (SELECT * FROM pg_class WHERE oid = to_regclass(%(table)s))
SELECT pg_describe_object(d.classid, d.objid, 0) AS what
FROM old
JOIN pg_depend AS d
    ON (d.refclassid = 'pg_class'::regclass AND d.refobjid = old.oid)
    OR (
        d.refclassid = 'pg_type'::regclass
        AND d.refobjid IN (old.reltype, (SELECT typarray FROM pg_type WHERE oid = old.reltype))
    )
LEFT JOIN pg_class AS other ON d.classid = 'pg_class'::regclass AND d.objid = other.oid
LEFT JOIN pg_constraint AS c ON d.classid = 'pg_constraint'::regclass AND d.objid = c.oid
LEFT JOIN pg_trigger AS t ON d.classid = 'pg_trigger'::regclass AND d.objid = t.oid
LEFT JOIN pg_policy AS p ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
LEFT JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
LEFT JOIN pg_class AS v ON r.ev_class = v.oid
WHERE d.deptype <> 'i'
    AND NOT (other.relkind IS NOT DISTINCT FROM 'i' AND other.relname = ANY(%(indexes)s))
    AND NOT (c.conrelid IS NOT DISTINCT FROM old.oid AND (c.contype IN ('n', 'f', 't') OR c.conname = %(key)s))
    AND NOT (c.contype IS NOT DISTINCT FROM 'f' AND c.confrelid = old.oid)
    AND t.tgrelid IS DISTINCT FROM old.oid
    AND p.polrelid IS DISTINCT FROM old.oid
    AND d.classid <> 'pg_publication_rel'::regclass
    AND NOT (
        coalesce(v.relkind = 'v' AND v.relpersistence = 'p' AND r.rulename = '_RETURN', false)
        AND pg_has_role(v.relowner, 'USAGE')
    )
UNION
SELECT 'a kind of relation that is no plain table' FROM old WHERE relkind <> 'r' OR relispartition
UNION
SELECT 'replica identity' FROM old WHERE relreplident <> 'd'
UNION
SELECT 'storage parameters' FROM old WHERE reloptions IS NOT NULL
UNION
SELECT 'its tablespace' FROM old WHERE reltablespace <> 0
UNION
SELECT format('settings of column %%I', attname) FROM pg_attribute
WHERE attrelid = to_regclass(%(table)s) AND NOT attisdropped
    AND (coalesce(attstattarget, -1) >= 0 OR attoptions IS NOT NULL OR attcompression <> '')
UNION
SELECT format('security label of %%s', provider) FROM pg_seclabel
WHERE classoid = 'pg_class'::regclass AND objoid = to_regclass(%(table)s)
UNION
SELECT format('inheritance from %%s', inhparent::regclass) FROM pg_inherits WHERE inhrelid = to_regclass(%(table)s)
ORDER BY 1

-- name: only_in_place
-- What a new table cannot take over: who points at this one, and who is sent its changes.
SELECT pg_describe_object('pg_constraint'::regclass, oid, 0) AS what
FROM pg_constraint WHERE contype = 'f' AND confrelid = to_regclass(%(table)s)
UNION
SELECT format('publication %%I', pubname) FROM pg_publication_tables
WHERE schemaname = %(schema)s AND tablename = %(name)s
ORDER BY 1

-- name: key_columns
-- Columns of the primary key, in its order.
SELECT a.attname AS name
FROM pg_index AS i
CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
WHERE i.indrelid = to_regclass(%(table)s) AND i.indisprimary
ORDER BY k.place

-- name: index_names
SELECT c.relname AS name FROM pg_index AS i JOIN pg_class AS c ON i.indexrelid = c.oid
WHERE i.indrelid = to_regclass(%(table)s)

-- name: fingerprint
-- Another value whenever the owner, a right, a comment, a column or something that hangs on the table is another. Asked
-- under the lock: what came between the look at the table and the lock would be lost.
SELECT
    c.relowner,
    c.relacl::text AS rights,
    c.reloptions,
    c.relrowsecurity,
    c.relforcerowsecurity,
    c.relreplident,
    (
        SELECT string_agg(concat_ws(' ', attnum, attname, attacl::text), ',' ORDER BY attnum)
        FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0
    ) AS columns,
    (
        SELECT string_agg(objsubid || ' ' || description, ',' ORDER BY objsubid)
        FROM pg_description WHERE classoid = 'pg_class'::regclass AND objoid = c.oid
    ) AS comments,
    (
        SELECT string_agg(concat_ws(' ', classid, objid, objsubid), ',' ORDER BY classid, objid, objsubid)
        FROM pg_depend
        WHERE (refclassid = 'pg_class'::regclass AND refobjid = c.oid)
            OR (refclassid = 'pg_type'::regclass AND refobjid = c.reltype)
    ) AS dependents
FROM pg_class AS c WHERE c.oid = to_regclass(%(table)s)

-- name: owner
-- has_grants: rights on the table are listed, the owner's among them; those on single columns do not count here.
SELECT pg_get_userbyid(relowner) AS owner, relacl IS NOT NULL AS has_grants
FROM pg_class WHERE oid = to_regclass(%(table)s)

-- name: grants
-- One row per right: on the table (column empty) or on one column. PUBLIC is the grantee 0.
SELECT acl.column_name, coalesce(pg_get_userbyid(nullif(acl.grantee, 0)), '') AS grantee, acl.privilege_type, acl.is_grantable
FROM (
    SELECT '' AS column_name, (aclexplode(relacl)).* FROM pg_class WHERE oid = to_regclass(%(table)s)
    UNION ALL
    SELECT attname, (aclexplode(attacl)).* FROM pg_attribute
    WHERE attrelid = to_regclass(%(table)s) AND NOT attisdropped AND attacl IS NOT NULL
) AS acl
ORDER BY 1, 2, 3

-- name: comments
-- The table's (column empty) and its columns'.
SELECT coalesce(attname, '') AS column_name, description
FROM pg_description
LEFT JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid AND attnum > 0
WHERE classoid = 'pg_class'::regclass AND objoid = to_regclass(%(table)s)

-- name: blockers
-- Sessions that hold a lock on the table, the longest transaction first.
SELECT
    l.pid,
    coalesce(nullif(a.application_name, ''), a.usename) AS who,
    extract(epoch FROM clock_timestamp() - a.xact_start)::float8 AS seconds
FROM pg_locks AS l
JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'relation'
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.relation = to_regclass(%(table)s)
    AND l.granted
    AND l.pid <> pg_backend_pid()
ORDER BY a.xact_start
LIMIT 5
