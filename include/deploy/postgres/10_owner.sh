#!/bin/sh
# Runs once, when Postgres makes its data folder: the owner of Upbeat's databases, who is no superuser but may make databases (Airflow's,
# restored ones) and roles (those of the parts), and sees how long the transactions of the parts have been open. The password is read by psql itself: it stands in no command line.
set -eu
psql --username "${POSTGRES_USER:-postgres}" --dbname postgres --set ON_ERROR_STOP=1 --quiet <<'SQL'
\set password `cat /run/secrets/postgres_owner_password`
SET log_statement = 'none';
SET log_min_error_statement = 'panic';
CREATE ROLE upbeat LOGIN CREATEDB CREATEROLE PASSWORD :'password';
GRANT pg_read_all_stats TO upbeat;
CREATE DATABASE upbeat OWNER upbeat;
SQL
