"""The plugin by which Airflow serves the API."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from upbeat.settings import REPOSITORY

PROGRAM = """
import asyncio, importlib.util, json, sys
import airflow.plugins_manager
before = set(sys.modules)
spec = importlib.util.spec_from_file_location("upbeat_plugin", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
heavy = sorted(set(sys.modules) - before)
(mounted,) = module.UpbeatPlugin.fastapi_apps
import httpx
async def ask():
    client = httpx.AsyncClient(transport=httpx.ASGITransport(mounted["app"]), base_url="http://airflow.test")
    return [(await client.get(path)).status_code for path in ("/health/live", "/v1/openapi.json", "/metrics")]
print(json.dumps({"heavy": heavy, "prefix": mounted["url_prefix"], "answers": asyncio.run(ask())}))
"""


@pytest.mark.timeout(600)
def test_the_plugin_imports_nothing_until_it_is_asked_asks_for_a_key_and_serves_nothing_without_a_secret(
    tmp_path: Path,
) -> None:
    plugin = REPOSITORY / "plugins" / "upbeat_plugin.py"
    for secret, answers in (("x" * 32, [200, 401, 401]), ("", [503, 503, 503])):
        environment = {**os.environ, "UPBEAT_API_SECRET": secret, "UPBEAT_STATE_DIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(plugin)],
            capture_output=True,
            text=True,
            check=False,
            env=environment,
        )

        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout.splitlines()[-1])
        assert told == {"heavy": [], "prefix": "/upbeat", "answers": answers}
    assert "UPBEAT_API_SECRET: it signs" in done.stdout + done.stderr


AIRFLOW_PROGRAM = """
import asyncio, json
import httpx
from fastapi import FastAPI
from airflow.api_fastapi.app import create_auth_manager, init_plugins
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.auth.middlewares.refresh_token import JWTRefreshMiddleware
from airflow.models.revoked_token import RevokedToken
from airflow.settings import engine
RevokedToken.__table__.create(engine)
manager = create_auth_manager()
server = FastAPI()
init_plugins(server)
server.add_middleware(JWTRefreshMiddleware)

def token(name, role):
    return manager.generate_jwt(SimpleAuthManagerUser(username=name, role=role))

async def ask(path, **cookies):
    transport = httpx.ASGITransport(server, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://airflow.test", cookies=cookies) as client:
        return await client.get(path)

async def main():
    viewer, operator = token("ann", "VIEWER"), token("oli", "OP")
    board, operations = "/upbeat/console/?platform=ORKUT", "/upbeat/console/operations"
    read = await ask(board, _token=viewer)
    nobody = await ask(board)
    return {
        "nobody": nobody.status_code,
        "nobody is told": "log in to Airflow" in nobody.text,
        "forged": (await ask(board, _token=viewer[:-6] + "AAAAAA")).status_code,
        "a key's session": (await ask(board, upbeat_console="q1w2.9999999999." + "0" * 64)).status_code,
        "reader": read.status_code,
        "frame": read.headers["content-security-policy"].rpartition("; ")[2],
        "links": '<a href="/upbeat/console/campaigns">' in read.text and "/upbeat/console/operations" not in read.text,
        "name": "airflow:ann" in read.text,
        "no login form": (await ask("/upbeat/console/login", _token=viewer)).status_code,
        "reader at operations": (await ask(operations, _token=viewer)).status_code,
        "operator at operations": (await ask(operations, _token=operator)).status_code,
        "data for a user without key": (await ask("/upbeat/v1/leaderboard?platform=INSTAGRAM", _token=operator)).status_code,
    }

print(json.dumps(asyncio.run(main())))
"""


@pytest.mark.timeout(600)
def test_inside_airflow_the_console_is_for_airflows_users_by_their_roles(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{tmp_path}/airflow.db",
        "AIRFLOW__API_AUTH__JWT_SECRET": "a-secret-that-only-this-test-has-and-nobody-else",
        "UPBEAT_STATE_DIR": str(tmp_path / "state"),
        "UPBEAT_API_SECRET": "x" * 32,
    }
    done = subprocess.run(
        [sys.executable, "-c", AIRFLOW_PROGRAM], capture_output=True, text=True, check=False, env=environment
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "nobody": 401,
        "nobody is told": True,
        "forged": 401,
        "a key's session": 401,
        # Past the login: what is refused is the platform.
        "reader": 422,
        "frame": "frame-ancestors 'self'",
        "links": True,
        "name": True,
        "no login form": 404,
        "reader at operations": 403,
        "operator at operations": 200,
        "data for a user without key": 401,
    }
