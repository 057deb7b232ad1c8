-- name: rules
-- What each rule found in its relation, the worst first.
SELECT
    relation,
    rule,
    checked_rows AS rows,
    broken_rows AS broken
FROM mart.mart_ops_data_quality
ORDER BY broken / greatest(rows, 1) DESC, relation, rule;
