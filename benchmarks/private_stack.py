"""A stack for one benchmark: state of its own, free ports, stopped and removed at the end."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from upbeat.embedded import stack
from upbeat.embedded.generated_secrets import ensure_secrets
from upbeat.embedded.places import Places
from upbeat.embedded.ports import free_ports
from upbeat.embedded.postgres_home import fallback_folder
from upbeat.settings import ENV_PREFIX, Settings, secrets_file

_PORTS = ("postgres", "clickhouse", "redis", "rabbitmq", "s3", "airflow", "sandbox", "api")


@contextmanager
def private_stack(parts: Sequence[str], **more: Any) -> Iterator[Settings]:
    """Settings of a running stack with these parts, and with `more`. Settings of the person who runs it play no part."""
    for name in [name for name in os.environ if name.startswith(ENV_PREFIX)]:
        del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="upbeat-bench-", dir="/tmp"))
    os.environ[f"{ENV_PREFIX}STATE_DIR"] = str(folder)
    try:
        ensure_secrets(folder)
        lines = (
            line.partition("=") for line in secrets_file(folder).read_text(encoding="utf-8").splitlines()
        )
        secrets = {name.removeprefix(ENV_PREFIX).lower(): value for name, _, value in lines}
        ports = dict(zip((f"{part}_port" for part in _PORTS), free_ports(len(_PORTS)), strict=True))
        outside = dict.fromkeys(
            ("postgres_url", "clickhouse_url", "redis_url", "rabbitmq_url", "s3_endpoint_url")
        )
        settings = Settings.model_validate(
            {
                "state_dir": folder, "upstream": "sandbox", "rabbitmq_embedded": "rabbitmq" in parts,
                **outside, **ports, **secrets, **more,
            }
        )  # fmt: skip
        try:
            stack.start(settings, parts)
            yield settings
        finally:
            stack.stop(settings)
    finally:
        shutil.rmtree(fallback_folder(Places(folder)), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
        os.environ.pop(f"{ENV_PREFIX}STATE_DIR", None)
