"""Waits for what other threads, processes and servers do, as long as a busy machine may need for it."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 240.0


def wait_until(is_so: Callable[[], object], what: str = "it") -> None:
    """Look again and again until it is so; fails the test when it does not become so in time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"{what}: not so within {PATIENCE_SECONDS:g} s"
        time.sleep(0.02)
