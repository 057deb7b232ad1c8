-- What hangs on a published table and is made anew on the next version. Asked with an empty search_path, so that every
-- name in a definition stands with its schema: after the swap the same words mean the new table.

-- name: views
-- Views that read the table themselves; views over those keep pointing at them. CREATE OR REPLACE keeps owner and rights.
SELECT DISTINCT
    format('%%I.%%I', n.nspname, v.relname) AS name,
    rtrim(pg_get_viewdef(v.oid), ' ;') AS definition,
    array_to_string(v.reloptions, ', ') AS options,
    pg_get_userbyid(v.relowner) AS owner
FROM pg_depend AS d
JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND r.rulename = '_RETURN'
JOIN pg_class AS v ON r.ev_class = v.oid AND v.relkind = 'v'
JOIN pg_namespace AS n ON v.relnamespace = n.oid
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass(%(table)s)
ORDER BY 1

-- name: view_columns
-- Columns of the table that views read.
SELECT format('%%I.%%I', n.nspname, v.relname) AS view, a.attname AS name
FROM pg_depend AS d
JOIN pg_rewrite AS r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND r.rulename = '_RETURN'
JOIN pg_class AS v ON r.ev_class = v.oid AND v.relkind = 'v'
JOIN pg_namespace AS n ON v.relnamespace = n.oid
JOIN pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = to_regclass(%(table)s) AND d.refobjsubid > 0
ORDER BY 1, 2

-- name: triggers
SELECT tgname AS name, pg_get_triggerdef(oid) AS definition, tgenabled::text AS enabled,
    obj_description(oid, 'pg_trigger') AS comment
FROM pg_trigger WHERE tgrelid = to_regclass(%(table)s) AND NOT tgisinternal
ORDER BY 1

-- name: policies
SELECT
    polname AS name,
    CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END AS kind,
    CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END
        AS command,
    array(SELECT CASE role WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(role)) END FROM unnest(polroles) AS role)
        AS roles,
    pg_get_expr(polqual, polrelid) AS condition,
    pg_get_expr(polwithcheck, polrelid) AS check_condition,
    obj_description(oid, 'pg_policy') AS comment
FROM pg_policy WHERE polrelid = to_regclass(%(table)s)
ORDER BY 1

-- name: row_security
SELECT relrowsecurity AS enabled, relforcerowsecurity AS forced FROM pg_class WHERE oid = to_regclass(%(table)s)

-- name: foreign_keys
-- Outgoing ones.
SELECT conname AS name, regexp_replace(pg_get_constraintdef(oid), ' NOT VALID$', '') AS definition,
    convalidated AS valid, obj_description(oid, 'pg_constraint') AS comment
FROM pg_constraint
WHERE conrelid = to_regclass(%(table)s) AND contype = 'f' AND confrelid <> conrelid
ORDER BY 1
