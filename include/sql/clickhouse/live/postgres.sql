-- name: database
-- What stands under the name of the database, and where it leads; the server hides the password.
SELECT engine, engine_full FROM system.databases WHERE name = '{coffee}';

-- name: drop_coffee
-- Of a database that shows Postgres, this forgets the view: the tables belong to Postgres.
DROP DATABASE `{coffee}`;

-- name: create_coffee
-- All tables of the schema, also those of a later migration; Postgres is asked when one is read.
CREATE DATABASE `{coffee}` ENGINE = PostgreSQL({coffee_engine}) -- noqa: CP01
;

-- name: create_credential_event
-- With its columns, so that Postgres need not be there when the table is made.
CREATE OR REPLACE TABLE `{raw}`.credential_event
(
    credential_event_id Int64,
    credential_key      String,
    source              String,
    handle              Nullable(String),
    event               String,
    disabled_till       Nullable(DateTime64(6, 'UTC')),
    at                  DateTime64(6, 'UTC')
)
ENGINE = PostgreSQL({credential_event_engine});
