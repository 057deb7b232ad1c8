-- What a replay asks about tasks.

-- name: task_pointers
-- Where the raw answers of one task lie.
SELECT data -> 'raw' AS pointers
FROM beat.scrape_request_log
WHERE id = %(id)s;

-- name: collections
-- For which collections of the product tasks were run.
SELECT
    id,
    params ->> 'collection_id' AS collection_id
FROM beat.scrape_request_log
WHERE id = ANY(%(ids)s) AND params ? 'collection_id';
