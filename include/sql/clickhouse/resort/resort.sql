-- name: order_keys
-- The order keys of a raw table and of the one that stands beside it while its rows move.
SELECT
    name,
    sorting_key
FROM system.tables
WHERE database = {database:String} AND name IN ({table:String}, {other:String});

-- name: columns
-- What the rows of the other one have.
SELECT name
FROM system.columns
WHERE database = {database:String} AND table = {other:String} AND default_kind IN ('', 'DEFAULT')
ORDER BY position;

-- name: create
-- An empty table with the other key, and all columns as they are now.
CREATE TABLE `{database}`.`{other}` AS `{database}`.`{table}`
ENGINE = ReplacingMergeTree(_version)
ORDER BY ({key})
SETTINGS non_replicated_deduplication_window = 1000;

-- name: exchange
-- In one step, so that whoever writes always finds a table.
EXCHANGE TABLES `{database}`.`{table}` AND `{database}`.`{other}`;

-- name: follow
-- The rows that are there already come again as the same versions.
INSERT INTO `{database}`.`{table}` ({columns})
SELECT {columns} FROM `{database}`.`{other}`;

-- name: drop
-- What it held has followed.
DROP TABLE `{database}`.`{other}`;
