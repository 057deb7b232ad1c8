"""The compose file is valid, names the production parts, and confines each of them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from compose_spec import PyCompose
from tests.cli_words import assert_is_command

from upbeat.operations.deploy_secrets import TEMPLATES, make_secrets
from upbeat.operations.deploy_settings import unknown_variables
from upbeat.secret_files import secret_names
from upbeat.settings import Settings

REPOSITORY = Path(__file__).parents[2]
FILE = REPOSITORY / "docker-compose.yml"
# Those of others, whose entrypoints start as root to give the data folder to their user, or write their own configuration.
STARTS_AS_ROOT = {"postgres", "clickhouse", "rabbitmq", "minio"}
WRITES_ITS_ROOT = {"rabbitmq"}


def compose() -> dict[str, Any]:
    """The file with the defaults of its variables, and its anchors resolved."""
    text = re.sub(r"(?<!\$)\$\{\w+:-([^}]*)\}", r"\1", FILE.read_text(encoding="utf-8"))
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def services() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose()["services"]
    return found


OURS = sorted(name for name, service in services().items() if str(service["image"]).startswith("upbeat"))


def secrets_of(service: dict[str, Any]) -> dict[str, str]:
    """The sources of a service's secrets, by where they are mounted."""
    rows = [
        row if isinstance(row, dict) else {"source": row, "target": row} for row in service.get("secrets", [])
    ]
    return {row["target"]: row["source"] for row in rows}


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def test_the_specification_of_compose_accepts_it_and_would_not_accept_a_misspelt_key() -> None:
    assert set(PyCompose.from_json(json.dumps(compose())).service_names()) == set(services())
    wrong = compose()
    wrong["services"]["redis"]["raed_only"] = True
    with pytest.raises(ValueError, match="raed_only"):
        PyCompose.from_json(json.dumps(wrong))


def compose_command() -> list[str]:
    """Docker Compose: the program that `.ci/run` brings, else the plugin of an installed Docker."""
    brought = Path(sys.prefix, "docker-compose", "compose", "docker-compose")
    if brought.exists():
        return [str(brought)]
    docker = shutil.which("docker")
    if docker and subprocess.run([docker, "compose", "version"], capture_output=True).returncode == 0:
        return [docker, "compose"]
    if os.environ.get("CI", "").lower() in ("true", "1"):
        pytest.fail("Docker Compose is missing: sh include/make/install_docker_compose.sh")
    pytest.skip(
        "Docker Compose is not installed here (sh include/make/install_docker_compose.sh): its own check of the file was not run"
    )


def configured(file: Path, secrets: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*compose_command(), "-f", str(file), "config", "--format", "json"],
        env={**os.environ, "UPBEAT_SECRETS": str(secrets)}, capture_output=True, text=True, timeout=240,
    )  # fmt: skip


def test_docker_compose_accepts_it_and_would_not_accept_a_service_that_waits_for_none(tmp_path: Path) -> None:
    make_secrets(tmp_path)
    found = configured(FILE, tmp_path)
    assert found.returncode == 0, found.stderr
    assert set(json.loads(found.stdout)["services"]) == set(services())
    wrong = tmp_path / "docker-compose.yml"
    text = FILE.read_text(encoding="utf-8")
    wrong.write_text(text.replace("    migrate: {", "    migration: {", 1), encoding="utf-8")
    refused = configured(wrong, tmp_path)
    assert refused.returncode != 0
    assert "migration" in refused.stderr


def test_it_names_the_parts_of_production() -> None:
    assert {
        "postgres", "clickhouse", "redis", "rabbitmq", "minio", "migrate", "proxy", "api-a", "api-b", "worker", "relay",
        "sink", "listener", "airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer",
        "airflow-worker",
    } == set(services())  # fmt: skip
    assert services()["airflow-worker"]["deploy"] == {"replicas": 2}
    assert services()["airflow-worker"]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"


@pytest.mark.parametrize("name", sorted(services()))
def test_every_service_is_confined_and_pinned_and_has_a_health_check(name: str) -> None:
    service = services()[name]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["read_only"] is (name not in WRITES_ITS_ROOT)
    assert service["init"] is True
    assert ("user" in service) is (name not in STARTS_AS_ROOT)
    assert not str(service.get("user", "")).startswith(("0", "root"))
    assert not service.get("privileged")
    if name != "migrate":
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert service["restart"] == "unless-stopped"
    tag = service["image"].rpartition(":")[2]
    assert tag
    assert tag != "latest" or name in OURS
    for port in service.get("ports", []):
        assert port.startswith("127.0.0.1:"), "it listens on loopback until somebody opens it"


@pytest.mark.parametrize("name", sorted(services()))
def test_no_secret_stands_in_an_environment_or_a_command(name: str) -> None:
    service = services()[name]
    for key, value in service.get("environment", {}).items():
        if re.search(r"PASS|SECRET|TOKEN|CREDENTIAL_KEY|FERNET|_URL$|CONN|BACKEND", key):
            assert not re.search(r"://[^/]*@", str(value)), key
        if re.search(r"PASS|SECRET|FERNET", key):
            assert str(value).startswith("/run/secrets/"), key
    assert not re.search(r"://[^/ ]*:[^/ ]*@", json.dumps(service.get("command", "")))


def test_all_secrets_of_the_file_are_made_by_the_command_and_used(tmp_path: Path) -> None:
    made = make_secrets(tmp_path).made
    declared = {name: Path(row["file"]).name for name, row in compose()["secrets"].items()}
    assert all(name == file for name, file in declared.items())
    used = {source for service in services().values() for source in secrets_of(service).values()}
    assert used == set(declared)
    assert set(declared) <= set(made)


@pytest.mark.parametrize("name", OURS)
def test_the_secrets_of_our_services_are_settings_that_are_secrets(name: str) -> None:
    known = {f"upbeat_{secret}" for secret in secret_names(Settings)}
    ours = {target for target in secrets_of(services()[name]) if target.startswith("upbeat_")}
    assert ours <= known
    assert "upbeat_postgres_url" in ours


def test_each_part_has_the_login_of_its_own_part_and_no_other_secret_than_it_needs() -> None:
    logins = {name: secrets_of(services()[name])["upbeat_postgres_url"] for name in OURS}
    assert {logins[name] for name in ("api-a", "api-b")} == {"postgres_url_api"}
    assert (logins["worker"], logins["listener"]) == ("postgres_url_worker", "postgres_url_listener")
    assert {logins[name] for name in ("relay", "sink")} == {"postgres_url_events"}
    for name in ("relay", "sink"):
        assert not {"credential_key", "api_secret", "redis_url"} & set(secrets_of(services()[name]).values())
    reads_clickhouse = {name for name in OURS if "upbeat_clickhouse_password" in secrets_of(services()[name])}
    assert reads_clickhouse >= {"sink", "api-a", "api-b"}
    assert not {"relay", "worker", "listener"} & reads_clickhouse
    assert "rabbitmq_url" not in secrets_of(services()["api-a"]).values(), "its events go through the outbox"
    for name, service in services().items():
        if name not in ("migrate",) and not name.startswith("airflow-"):
            assert "postgres_url_owner" not in secrets_of(service).values(), name


@pytest.mark.parametrize("name", [name for name in OURS if name != "migrate"])
def test_everything_of_ours_waits_for_the_migrations_which_wait_for_healthy_stores(name: str) -> None:
    assert services()[name]["depends_on"] == {"migrate": {"condition": "service_completed_successfully"}}
    assert services()["migrate"]["restart"] == "no"
    waits = services()["migrate"]["depends_on"]
    assert waits == {
        key: {"condition": "service_healthy"}
        for key in ("postgres", "clickhouse", "redis", "rabbitmq", "minio")
    }


def test_no_container_is_killed_before_its_drain_is_over() -> None:
    settings = Settings.model_construct()
    for name in ("api-a", "api-b"):
        drain = settings.api_drain_notice_seconds + settings.api_drain_seconds
        assert seconds(services()[name]["stop_grace_period"]) > drain
    for name in ("worker", "relay", "sink", "listener"):
        assert seconds(services()[name]["stop_grace_period"]) > settings.drain_seconds
    for name in ("airflow-worker", "airflow-scheduler"):
        assert seconds(services()[name]["stop_grace_period"]) > settings.task_deadline_seconds


def test_what_a_service_runs_is_in_the_image() -> None:
    for name in OURS:
        check = services()[name].get("healthcheck", {}).get("test", [])
        for word in check:
            if str(word).endswith(".py"):
                assert (REPOSITORY / word).is_file(), name
    for name, service in services().items():
        for volume in service.get("volumes", []):
            if str(volume).startswith("./"):
                assert (REPOSITORY / volume.split(":")[0]).is_file(), name


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_commands_of_ours_in_an_environment_that_something_reads(name: str) -> None:
    service = services()[name]
    assert_is_command(service["command"])
    given = [name for name in service["environment"] if name.startswith("UPBEAT_")]
    assert unknown_variables(given, []) == []
    assert all(row.startswith(("UPBEAT_", "AIRFLOW__")) for row in service["environment"]), (
        "whatever is set, something reads it"
    )


def test_every_variable_of_the_file_is_known_and_has_a_default() -> None:
    text = FILE.read_text(encoding="utf-8")
    names = re.findall(r"(?<!\$)\$\{(\w+)", text)
    assert len(names) == len(re.findall(r"(?<!\$)\$\{\w+:-[^}]*\}", text))
    assert unknown_variables(names, []) == []


@pytest.mark.parametrize("name", OURS)
def test_what_our_processes_write_can_be_written_and_all_else_cannot(name: str) -> None:
    service = services()[name]
    places = [place.partition(":")[0] for place in service["tmpfs"]]
    places += [volume.split(":")[1] for volume in service.get("volumes", [])]
    wanted = {"/tmp", "/var/lib/upbeat"}
    if name == "migrate" or name.startswith("airflow-"):
        dbt = "/opt/upbeat/dbt_project"
        wanted |= {"/var/log/upbeat-airflow", f"{dbt}/target", f"{dbt}/logs"}
    assert set(places) == wanted


def test_queues_outlive_a_node_and_a_loss_of_what_is_not_on_disk() -> None:
    rabbitmq = (TEMPLATES / "rabbitmq_config").read_text(encoding="utf-8")
    assert "default_queue_type = quorum" in rabbitmq
    assert "appendonly yes" in (TEMPLATES / "redis_config").read_text(encoding="utf-8")
    for name in ("postgres", "clickhouse", "redis", "rabbitmq", "minio"):
        assert any(volume.startswith(f"{name}:") for volume in services()[name]["volumes"]), name
