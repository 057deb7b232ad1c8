"""The compose file is valid and names the production parts."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
VARIABLES = (
    "UPBEAT_POSTGRES_PASSWORD",
    "UPBEAT_CLICKHOUSE_PASSWORD",
    "UPBEAT_S3_ACCESS_KEY_ID",
    "UPBEAT_S3_SECRET_ACCESS_KEY",
    "UPBEAT_CREDENTIAL_KEY",
    "UPBEAT_AIRFLOW_FERNET_KEY",
    "UPBEAT_AIRFLOW_JWT_SECRET",
)


def test_it_names_the_parts_of_production() -> None:
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    assert {
        "postgres",
        "clickhouse",
        "redis",
        "rabbitmq",
        "minio",
        "airflow-scheduler",
        "airflow-worker",
    } <= set(services)


def test_it_holds_no_secret_and_publishes_ports_on_loopback_only() -> None:
    services = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"]
    for name, service in services.items():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:"), name
        for key, value in service.get("environment", {}).items():
            if "PASSWORD" in key or "SECRET" in key:
                assert str(value).startswith("${"), f"{name}.{key}"


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
