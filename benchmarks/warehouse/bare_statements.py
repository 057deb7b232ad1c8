"""The compiled SQL of a `dbt run` sent by clickhouse-connect: the peer that has neither Jinja nor contracts to pay for.

The same statements in the order of the graph, as many at once as dbt has threads; each model is one CREATE TABLE … AS SELECT
with the engine and order of the model.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from upbeat.settings import Settings
from upbeat.stores import clickhouse

SESSION = {"join_use_nulls": 1}


@dataclass(frozen=True, slots=True)
class Statement:
    """A model as a statement, with the models that have to be there before."""

    model: str
    parents: frozenset[str]
    table: str
    sql: str


def compiled_statements(manifest: Path) -> list[Statement]:
    """The models of a manifest that dbt has compiled. Views and ephemeral models raise `ValueError`: none is expected."""
    nodes: dict[str, Any] = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
    models = {name: node for name, node in nodes.items() if node["resource_type"] == "model"}
    return [_statement(name, node, models) for name, node in models.items()]


def _statement(name: str, node: dict[str, Any], models: dict[str, Any]) -> Statement:
    config = node["config"]
    if config["materialized"] not in ("table", "incremental"):
        raise ValueError(f"{name} is a {config['materialized']}")
    table = f"`{node['schema']}`.`{node['alias']}`"
    partition = f" PARTITION BY {_listed(config['partition_by'])}" if config.get("partition_by") else ""
    sql = (
        f"CREATE TABLE {table} ENGINE = {config['engine']} ORDER BY {_listed(config['order_by'])}{partition} "
        f"SETTINGS allow_nullable_key = 1 AS {node['compiled_code']}"
    )
    parents = frozenset(parent for parent in node["depends_on"]["nodes"] if parent in models)
    return Statement(name, parents, table, sql)


def _listed(value: str | Iterable[str]) -> str:
    return value if isinstance(value, str) else f"({', '.join(value)})"


def run_statements(settings: Settings, statements: list[Statement], threads: int) -> float:
    """Drop the tables, then make all of them; seconds of the second part."""
    clients = [clickhouse.client(settings, comment="bare", send_receive_timeout=3600) for _ in range(threads)]
    try:
        for statement in statements:
            clients[0].command(f"DROP TABLE IF EXISTS {statement.table} SYNC")
        started = time.perf_counter()
        _run_in_order(statements, clients)
        return time.perf_counter() - started
    finally:
        for client in clients:
            client.close()


def _run_in_order(statements: list[Statement], clients: list[Any]) -> None:
    waiting = {statement.model: statement for statement in statements}
    done: set[str] = set()
    free = list(clients)
    running: dict[Future[Any], tuple[str, Any]] = {}
    with ThreadPoolExecutor(len(clients)) as pool:
        while waiting or running:
            ready = [model for model, one in waiting.items() if one.parents <= done]
            for model in ready[: len(free)]:
                client = free.pop()
                running[pool.submit(client.command, waiting.pop(model).sql, settings=SESSION)] = (
                    model,
                    client,
                )
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                model, client = running.pop(future)
                future.result()
                done.add(model)
                free.append(client)
