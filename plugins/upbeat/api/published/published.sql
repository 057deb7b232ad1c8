-- name: standing
-- Which publication of a table stands: its entry in the log, which a swap or a merge writes in its own transaction, and the table.
SELECT
    (SELECT id FROM beat.sync_run WHERE plan = %(plan)s AND status = 'PUBLISHED' ORDER BY id DESC LIMIT 1) AS run,
    to_regclass(%(table)s)::oid AS table_oid

-- name: page
-- One page in one statement, so that its rows and the publication that they are told under are of one moment: the rows as they are, one
-- more where another page follows, each behind the same JSON object of the publication; of an empty page one row with nothing but that.
-- JSON of the rows would take Postgres twice as long as the rows. They are sorted anew, since nothing else promises their order.
SELECT
    publication.told,
    page.*
FROM (
    SELECT (
        SELECT
            json_build_object(
                'read_at', extract(EPOCH FROM now()),
                'published_age', extract(EPOCH FROM now() - run.finished_at),
                'published_at', run.finished_at,
                'source_updated_at', run.source_updated_at,
                'sync_run', run.run_id,
                'run', run.id,
                'table_oid', to_regclass(%(table)s)::oid::bigint
            )::text
        FROM (SELECT 1) AS always
        LEFT JOIN (
            SELECT id, finished_at, source_updated_at, run_id FROM beat.sync_run
            WHERE plan = %(plan)s AND status = 'PUBLISHED'
            ORDER BY id DESC
            LIMIT 1
        ) AS run ON true
    ) AS told
) AS publication
LEFT JOIN {chosen} AS page ON true
ORDER BY {order}
