"""Airflow as a part of the stack: its own four processes, on loopback, with its secrets kept."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psutil
import pytest
from tests.process_family import family, listening, wait_until_gone

from upbeat.embedded.processes import birth_mark
from upbeat.settings import secrets_file

if TYPE_CHECKING:
    from conftest import Shell

pytestmark = pytest.mark.timeout(600)
PROCESSES = {"airflow-api-server", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"}


def status(shell: Shell) -> tuple[int, dict[str, Any]]:
    upbeat = Path(sys.executable).with_name("upbeat")
    done = subprocess.run(
        [upbeat, "status", "--json"], env=shell.environment, capture_output=True, text=True, check=False
    )
    return done.returncode, {part["name"]: part for part in json.loads(done.stdout)}


def status_when_well(shell: Shell) -> tuple[int, dict[str, Any]]:
    """The first status with nothing wrong: a part may answer too late for one look on a busy machine. Else the last one."""
    give_up = time.monotonic() + 240
    while (found := status(shell))[0] != 0 and time.monotonic() < give_up:
        time.sleep(1)
    return found


def test_airflow_runs_as_four_healthy_processes(shell: Shell) -> None:
    code, parts = status_when_well(shell)
    assert code == 0
    assert {name for name in parts if name.startswith("airflow")} == PROCESSES
    assert {parts[name]["state"] for name in PROCESSES} == {"healthy"}


def test_airflow_listens_on_loopback_only(shell: Shell) -> None:
    parts = status(shell)[1]
    found = set[tuple[str, int]]().union(*(listening(parts[name]["pid"]) for name in PROCESSES))
    assert found == {("127.0.0.1", shell.settings().airflow_port)}


def test_the_pools_of_the_code_are_there(shell: Shell) -> None:
    pools = json.loads(shell.run("airflow", "pools", "list", "--output", "json"))
    assert {"dbt": "1", "scrape": "4"}.items() <= {pool["pool"]: str(pool["slots"]) for pool in pools}.items()


def test_the_console_is_in_airflows_navigation_and_opens_with_airflows_login_only(shell: Shell) -> None:
    settings = shell.settings()
    login = {"username": "admin", "password": settings.airflow_admin_password.get_secret_value()}
    with httpx.Client(base_url=f"http://127.0.0.1:{settings.airflow_port}", timeout=60) as airflow:
        assert airflow.get("/upbeat/console/").status_code == 401
        token = airflow.post("/auth/token", json=login).json()["access_token"]
        plugins = airflow.get("/api/v2/plugins", headers={"Authorization": f"Bearer {token}"}).json()[
            "plugins"
        ]
        (view,) = next(one["external_views"] for one in plugins if one["name"] == "upbeat")
        assert (view["href"], view["destination"]) == ("upbeat/console/", "nav")
        page = airflow.get(f"/{view['href']}", cookies={"_token": token})
        assert page.status_code == 200
        assert "airflow:admin" in page.text
        assert airflow.get("/upbeat/console/operations", cookies={"_token": token}).status_code == 200


def test_behind_airflows_server_the_api_takes_its_own_keys_and_no_login_of_airflows(shell: Shell) -> None:
    settings = shell.settings()
    login = {"username": "admin", "password": settings.airflow_admin_password.get_secret_value()}
    made = json.loads(
        shell.upbeat("api-keys", "create", "airflow", "--scope", "read", "--scope", "operations", "--json")
    )
    airflow = f"http://127.0.0.1:{settings.airflow_port}"
    with httpx.Client(base_url=f"{airflow}/upbeat", timeout=60) as api:
        token = httpx.post(f"{airflow}/auth/token", json=login, timeout=60).json()
        admin = {"Authorization": f"Bearer {token['access_token']}"}
        for headers in ({}, admin, {"Cookie": f"_token={token['access_token']}"}):
            for path in ("/v1/freshness", "/v1/credentials", "/metrics"):
                refused = api.get(path, headers=headers)
                assert (refused.status_code, refused.json()["title"]) == (401, "Not authenticated"), path
            assert api.post("/v1/events", json={"events": []}, headers=headers).status_code == 401
        api.headers["X-API-Key"] = made["key"]
        document = api.get("/v1/openapi.json")
        assert (document.status_code, document.json()["servers"]) == (200, [{"url": "/upbeat"}])
        assert api.get("/v1/freshness").status_code == 200
        assert api.get("/v1/credentials").json()["title"] == "Scope missing"
        assert 'route="/v1/credentials",status="403"' in api.get("/metrics").text
        assert api.get("/health/ready").json() == {"status": "ready"}
        # A key opens nothing of Airflow's, and no page of the console: there Airflow's login counts.
        assert api.get("/console/").status_code == 401
        of_airflow = httpx.get(
            f"{airflow}/api/v2/dags", headers={"Authorization": f"Bearer {made['key']}"}, timeout=60
        )
        assert of_airflow.status_code in (401, 403)


def test_no_secret_is_in_the_list_of_processes_or_in_a_log(shell: Shell) -> None:
    state = shell.settings().state_dir
    values = [line.partition("=")[2] for line in secrets_file(state).read_text().splitlines()]
    commands = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    logs = [*(state / "logs").rglob("*"), *(state / "airflow" / "logs").rglob("*")]
    texts = {str(path): path.read_text(errors="replace") for path in logs if path.is_file()}
    assert len(texts) >= len(PROCESSES)
    for value in values:
        assert not any(value in command for command in commands)
        assert [name for name, text in texts.items() if value in text] == []


def test_only_the_owner_reads_the_password_file(shell: Shell) -> None:
    home = shell.settings().state_dir / "airflow"
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "passwords.json").stat().st_mode & 0o077 == 0


def test_a_killed_scheduler_is_named_with_its_log_and_comes_back(shell: Shell) -> None:
    before = status(shell)[1]["airflow-scheduler"]
    workers = {pid: birth_mark(pid) for pid in family(before["pid"])}
    os.kill(before["pid"], signal.SIGKILL)
    wait_until_gone(before["pid"])
    code, parts = status(shell)
    assert (code, parts["airflow-scheduler"]["state"]) == (1, "died")
    assert before["log"] in parts["airflow-scheduler"]["detail"]
    shell.upbeat("up", seconds=240)
    code, parts = status_when_well(shell)
    assert (code, parts["airflow-scheduler"]["state"]) == (0, "healthy")
    assert [pid for pid, mark in workers.items() if mark and birth_mark(pid) == mark] == []
