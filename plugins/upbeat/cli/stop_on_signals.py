"""How services of the command line end: SIGTERM and Ctrl-C ask them to, and what is under way is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set. Once per process, which keeps these handlers until it ends.

    It is set by a thread of its own: a handler runs in the main thread, between any two steps of it, and would wait for
    ever for the event's lock where that thread just holds it. A child that is forked without an exec would tell its parent
    instead of itself: nothing here forks so.
    """
    import os
    import signal
    import threading

    stop = threading.Event()
    heard, hears = os.pipe()
    os.set_blocking(hears, False)

    def wait_for_a_signal() -> None:
        os.read(heard, 1)
        stop.set()

    def tell(*_: object) -> None:
        try:
            os.write(hears, b"!")
        except BlockingIOError:
            return  # a pipe full of signals: it has been told

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    threading.Thread(target=wait_for_a_signal, name="waits for signals", daemon=True).start()
    return stop
