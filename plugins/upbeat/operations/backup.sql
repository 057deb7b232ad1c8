-- name: facts
-- What a backup is of. The counts are of what cannot be collected or built anew.
SELECT
    current_database() AS database,
    current_setting('server_version_num')::int / 10000 AS server_version,
    (SELECT version_num FROM upbeat_migration) AS schema_version,
    jsonb_build_object(
        'beat.tracked_profile', (SELECT count(*) FROM beat.tracked_profile),
        'beat.credential', (SELECT count(*) FROM beat.credential),
        'beat.profile_log', (SELECT count(*) FROM beat.profile_log),
        'coffee.campaign', (SELECT count(*) FROM coffee.campaign),
        'coffee.collection', (SELECT count(*) FROM coffee.collection)
    ) AS rows;

-- name: schemas_there
-- What stands in the way of a restore.
SELECT current_database() AS database, string_agg(nspname, ', ' ORDER BY nspname) AS found
FROM pg_namespace
WHERE nspname IN ('beat', 'coffee', 'app', 'app_next', 'app_old');
