"""The sender of docs/how-to/send-messages-to-upbeat.md, run as it is written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

from upbeat.listeners.configuration import load_listeners
from upbeat.settings import REPOSITORY

if TYPE_CHECKING:
    from pathlib import Path

    from tests.integration.listeners.conftest import ListenBench

PAGE = REPOSITORY / "docs" / "how-to" / "send-messages-to-upbeat.md"


def test_the_page_sends_a_message_to_every_listener_and_all_of_them_are_done(
    bench: ListenBench, tmp_path: Path
) -> None:
    block = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)[0]
    sender = tmp_path / "sender.py"
    sender.write_text(block, encoding="utf-8")
    environment = {**os.environ, "RABBITMQ_URL": bench.dsn, "GRAPH_TOKEN": "EAAB-a-token-of-the-page"}
    subprocess.run([sys.executable, str(sender)], env=environment, check=True, timeout=240)
    summary = bench.listen()
    handled = {name: counts.handled for name, counts in summary.by_listener.items()}
    assert handled == {
        "credential_updates": 1,
        "scrape_requests": 1,
        "campaign_changes": 1,
        "collection_changes": 2,
    }
    assert summary.total("parked") == 0


def test_the_page_names_every_listener_with_its_exchange_and_key() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, listener in load_listeners().items():
        assert f"| `{name}` | `{listener.exchange}` | `{listener.routing_key}` |" in page
