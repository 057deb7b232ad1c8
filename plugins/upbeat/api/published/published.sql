-- name: standing
-- Which publication of a table stands: its entry in the log, which a swap or a merge writes in its own transaction, and the table.
SELECT
    (SELECT id FROM beat.sync_run WHERE plan = %(plan)s AND status = 'PUBLISHED' ORDER BY id DESC LIMIT 1) AS run,
    to_regclass(%(table)s)::oid AS table_oid

-- name: page
-- One page as JSON, in one round trip. What is chosen has one row more than a page where another page follows. Rows are sorted anew,
-- since nothing else promises their order; the aggregate reads them from the sorted subquery.
WITH chosen AS MATERIALIZED (SELECT * FROM {chosen} AS found),

-- An aggregate without groups gives one row, also of an empty page.
told AS (
    SELECT
        coalesce(json_agg(row_to_json(page)), '[]'::json)::text AS data,
        max({observed}) AS newest,
        min({observed}) AS oldest
    FROM (SELECT * FROM chosen ORDER BY {order} LIMIT {rows}) AS page
),

run AS (
    SELECT id, finished_at, source_updated_at, run_id FROM beat.sync_run
    WHERE plan = %(plan)s AND status = 'PUBLISHED'
    ORDER BY id DESC
    LIMIT 1
)

SELECT
    told.data,
    CASE
        WHEN (SELECT count(*) FROM chosen) > {rows}
            THEN (SELECT json_build_array({place})::text FROM chosen ORDER BY {order} LIMIT 1 OFFSET {rows} - 1)
    END AS last,
    json_build_object(
        'observed_newest', told.newest,
        'observed_oldest', told.oldest,
        'published_at', run.finished_at,
        'source_updated_at', run.source_updated_at,
        'sync_run', run.run_id
    )::text AS freshness,
    extract(EPOCH FROM now() - told.newest)::double precision AS observed_age,
    extract(EPOCH FROM now() - run.finished_at)::double precision AS published_age,
    run.id AS run,
    to_regclass(%(table)s)::oid AS table_oid
FROM told
LEFT JOIN run ON true
