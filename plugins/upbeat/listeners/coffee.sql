-- The statements on the tables of schema `coffee`; `coffee.py` puts the identifiers in.

-- name: put_entity
-- A campaign, collection or list as it is now; no row comes back when a newer change of it is there. A repeat at the same time
-- is applied: of two changes within one tick the one that came later stands. Index: primary key.
INSERT INTO {table} AS known ({columns})
SELECT {columns} FROM jsonb_populate_record(NULL::{table}, %(row)s::jsonb)
ON CONFLICT ({key}) DO UPDATE SET ({values}) = ROW({new_values}), stored_at = now()
WHERE known.updated_at <= excluded.updated_at
RETURNING updated_at;

-- name: remove_other_members
-- The members that the new set does not have. Index: primary key, by its first column.
DELETE FROM {table} AS known
WHERE
    known.{parent} = %(parent)s
    AND NOT EXISTS (
        SELECT FROM jsonb_populate_recordset(NULL::{table}, %(rows)s::jsonb) AS given
        WHERE ({given_key}) = ({known_key})
    );

-- name: put_members
-- The members of the new set; what did not change is not written, and keeps since when it is there.
INSERT INTO {table} AS known ({columns}, updated_at)
SELECT {given_columns}, %(updated_at)s
FROM jsonb_populate_recordset(NULL::{table}, %(rows)s::jsonb) AS given
LEFT JOIN {table} AS stored ON ({given_key}) = ({stored_key})
ON CONFLICT ({key}) DO UPDATE SET ({values}, updated_at) = ROW({new_values}, excluded.updated_at)
WHERE ROW({known_values}) IS DISTINCT FROM ROW({new_values});
