"""How a face is started."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from upbeat.embedded.clickhouse_face.request import Login


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceOptions:
    """`max_memory`: bytes for one query; all together may use twice that.

    `listener` and `keeper` are descriptors that the engine's process inherits from its keeper: the listening socket, and a
    pipe that ends when the keeper does. The keeper itself has none.
    """

    path: Path
    host: str
    port: int
    login: Login
    max_memory: int
    threads: int
    max_concurrent_queries: int
    slot_wait_seconds: float
    listener: int | None = None
    keeper: int | None = None
