"""The task queue in Postgres."""
