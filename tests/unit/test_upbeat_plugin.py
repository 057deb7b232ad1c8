"""The plugin by which Airflow serves the API."""

from __future__ import annotations

import json
import subprocess
import sys

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


@pytest.mark.timeout(300)
def test_the_plugin_imports_nothing_until_it_is_asked_and_asks_for_a_key() -> None:
    plugin = REPOSITORY / "plugins" / "upbeat_plugin.py"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(plugin)], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told == {"heavy": [], "prefix": "/upbeat", "answers": [200, 401, 401]}
