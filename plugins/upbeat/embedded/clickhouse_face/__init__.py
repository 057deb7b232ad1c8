"""The embedded ClickHouse: the chdb engine behind ClickHouse's HTTP interface, one process per data folder.

Started with `python -m upbeat.embedded.clickhouse_face`; see docs/clickhouse_face.md.
"""
