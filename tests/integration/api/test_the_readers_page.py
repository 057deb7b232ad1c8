"""The client of docs/how-to/read-the-api.md, run as it is written."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from tests.integration.api.conftest import MakeKey
from tests.integration.api.published_tables import publish

from upbeat.api.server import listen
from upbeat.settings import REPOSITORY, Settings
from upbeat.web import create_web

PAGE = REPOSITORY / "docs" / "how-to" / "read-the-api.md"


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """The API on a free port of loopback."""
    with listen("127.0.0.1", 0) as socket:
        server = uvicorn.Server(uvicorn.Config(create_web(settings), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(30)


def test_the_client_of_the_page_reads_all_pages(settings: Settings, make_api_key: MakeKey) -> None:
    creators = [
        {
            "platform": "INSTAGRAM",
            "profile_id": f"p{n}",
            "handle": f"h{n}",
            "followers_rank": n,
            "category": "Music",
        }
        for n in range(1, 106)
    ]
    publish(settings, "leaderboard", creators)
    block = re.search(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    with served(settings) as address:
        environment = {"UPBEAT_API": address, "UPBEAT_API_KEY": make_api_key(["read"])}
        done = subprocess.run(
            [sys.executable, "-c", block[1]], env=environment, capture_output=True, text=True, timeout=240, check=False
        )  # fmt: skip

    assert done.stderr == ""
    assert [line.split()[:2] for line in done.stdout.splitlines()] == [
        [str(n), f"h{n}"] for n in range(1, 106)
    ]
