"""The compose file is valid and names the production parts."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
VARIABLES = (
    "UPBEAT_POSTGRES_PASSWORD",
    "UPBEAT_CLICKHOUSE_PASSWORD",
    "UPBEAT_RABBITMQ_PASSWORD",
    "UPBEAT_S3_ACCESS_KEY_ID",
    "UPBEAT_S3_SECRET_ACCESS_KEY",
    "UPBEAT_CREDENTIAL_KEY",
    "UPBEAT_AIRFLOW_FERNET_KEY",
    "UPBEAT_AIRFLOW_JWT_SECRET",
)


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())[
        "services"
    ]
    return found


def test_it_names_the_parts_of_production() -> None:
    assert {
        "postgres", "clickhouse", "redis", "rabbitmq", "minio", "airflow-scheduler", "airflow-worker",
        "relay", "sink", "listener",
    } <= set(services())  # fmt: skip


def test_events_go_over_rabbitmq_with_the_login_that_it_is_created_with() -> None:
    broker = services()["rabbitmq"]["environment"]
    user, password = broker["RABBITMQ_DEFAULT_USER"], broker["RABBITMQ_DEFAULT_PASS"]
    for name in ("relay", "sink", "listener", "airflow-worker"):
        url = services()[name]["environment"]["UPBEAT_RABBITMQ_URL"]
        assert url == f"amqp://{user}:{password}@rabbitmq:5672/%2F", name


@pytest.mark.parametrize(
    ("service", "command"), [("relay", "relay"), ("sink", "sink"), ("listener", "listen")]
)
def test_each_stage_of_the_events_is_a_service_that_waits_for_healthy_stores(
    service: str, command: str
) -> None:
    described = services()[service]
    assert described["command"] == ["upbeat", command]
    for store in ("postgres", "clickhouse", "redis", "rabbitmq"):
        assert described["depends_on"][store] == {"condition": "service_healthy"}
        assert "healthcheck" in services()[store]


def test_it_holds_no_secret_and_publishes_ports_on_loopback_only() -> None:
    for name, service in services().items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name
        for key, value in service.get("environment", {}).items():
            if "PASS" in key or "SECRET" in key:
                assert str(value).startswith("${"), f"{name}.{key}"
            written_out = re.sub(r"\$\{[^}]*\}", "", str(value))
            assert not urlsplit(written_out).password, f"{name}.{key}"


def test_docker_compose_accepts_it() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode != 0:
        pytest.skip("docker compose is not installed here: its own check of the file was not run")
    environment = {**os.environ, **dict.fromkeys(VARIABLES, "x")}
    result = subprocess.run(
        [docker, "compose", "-f", str(REPOSITORY / "docker-compose.yml"), "config", "--quiet"],
        env=environment, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert result.returncode == 0, result.stderr
