"""Runs in dlt's own environment: one replace of a table, timed."""

from __future__ import annotations

import os
import time

import clickhouse_connect
import dlt
from clickhouse_connect.driver import httputil

os.environ.update(
    {
        "RUNTIME__LOG_LEVEL": "ERROR",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "NORMALIZE__DATA_WRITER__DISABLE_COMPRESSION": "true",
        "NORMALIZE__PARQUET_NORMALIZER__ADD_DLT_LOAD_ID": "false",
        "LOAD__WORKERS": "2",
        "DATA_WRITER__FILE_MAX_ITEMS": "1250000",
    }
)


def main() -> None:
    """Print the seconds."""
    address, _, port = os.environ["BENCH_CLICKHOUSE"].partition("://")[2].partition(":")
    client = clickhouse_connect.get_client(
        host=address, port=int(port), username=os.environ["BENCH_CLICKHOUSE_USER"],
        password=os.environ["BENCH_CLICKHOUSE_PASSWORD"], pool_mgr=httputil.default_pool_manager(),
    )  # fmt: skip
    columns = (
        "toString(platform) AS platform, profile_id, handle, category, country, followers, toInt64(followers_rank) AS "
        "followers_rank, rank_change, engagement_rate, avg_likes, observed_on, updated_at"
    )
    key = os.environ["BENCH_KEY"].split(",")

    @dlt.resource(name="wide", write_disposition="replace", primary_key=key)
    def wide():  # type: ignore[no-untyped-def]
        with client.query_arrow_stream(f"SELECT {columns} FROM {os.environ['BENCH_MART']}") as stream:
            yield from stream

    pipeline = dlt.pipeline(
        "bench",
        pipelines_dir=os.environ["BENCH_FOLDER"],
        destination=dlt.destinations.postgres(os.environ["BENCH_POSTGRES"]),
        dataset_name="dlt_bench",
    )
    begun = time.perf_counter()
    pipeline.run(wide(), loader_file_format="csv")
    seconds = time.perf_counter() - begun
    with pipeline.sql_client() as sql:
        rows = sql.execute_sql("SELECT count(*) FROM wide")
    assert rows[0][0] > 0
    print(seconds)


main()
