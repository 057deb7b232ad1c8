-- name: dirty
-- Dirty events of each raw table by reason, since a day.
SELECT
    raw_table,
    reason,
    max(is_left_out) AS is_left_out,
    sum(events) AS events
FROM mart.mart_ops_data_quality
WHERE ingested_on >= {since:Date}
GROUP BY
    raw_table,
    reason
ORDER BY
    raw_table,
    reason;

-- name: stored
-- All events of one raw table since then.
SELECT count()
FROM {raw_table:Identifier}
WHERE toDate(_ingested_at) >= {since:Date};
