"""The commands of docs/how-to/write-through-the-api.md, run as they are written."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import httpx
from tests.collection_run import collection_run
from tests.integration.api.conftest import MakeKey
from tests.integration.api.test_the_readers_page import served

from upbeat.api.campaigns.routes import EXAMPLE_BODY as CAMPAIGN
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores.postgres import transaction

PAGE = REPOSITORY / "docs" / "how-to" / "write-through-the-api.md"
# What a command is answered is told by its status alone.
STATUS_ALONE = 'curl() { command curl -sS -o answer -w "%{http_code}\\n" "$@"; }\n'


def test_the_commands_of_the_page_do_what_it_says(
    settings: Settings, make_api_key: MakeKey, tmp_path: Path
) -> None:
    page = PAGE.read_text(encoding="utf-8")
    with collection_run(settings) as run:
        run.add_credentials()
        (handle,) = run.handles(1)
        channel = next(iter(run.sandbox.channels(1)))["handle"]
        video = run.sandbox.channel(channel)["videos"][0]
        commands = "".join(re.findall(r"```sh\n(.*?)```", page, re.DOTALL))
        # The sandbox has creators of its own.
        commands = commands.replace("handle=natgeo", f"handle={handle}").replace("dQw4w9WgXcQ", video)
        (credential,) = re.findall(r"with `(\{.*?\})` in `credential\.json`", page)
        (tmp_path / "credential.json").write_text(credential, encoding="utf-8")
        with served(run.settings) as address:
            key = make_api_key()
            made = httpx.post(f"{address}/v1/campaigns", json=CAMPAIGN, headers={"X-API-Key": key})
            assert made.status_code == 201, made.text
            with transaction(settings) as connection:
                connection.execute("UPDATE coffee.campaign SET updated_at = '2026-11-20 09:30:00.125+00'")
            done = subprocess.run(
                ["bash", "-euc", STATUS_ALONE + commands], capture_output=True, text=True, timeout=240, check=False,
                cwd=tmp_path, env={**os.environ, "UPBEAT_API": address, "UPBEAT_API_KEY": key},
            )  # fmt: skip

    assert done.stderr == ""
    assert done.stdout.split() == ["200", "200", "202", "201", "200", "200", "200", "202"], (
        tmp_path / "answer"
    ).read_text()
