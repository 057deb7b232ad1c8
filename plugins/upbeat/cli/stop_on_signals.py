"""How services of the command line end: SIGTERM and Ctrl-C ask them to, and what is under way is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set."""
    import signal
    import threading

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop
