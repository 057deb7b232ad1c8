"""A signal stops a service at whatever step it comes, also where the service just looks whether it is to stop."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

# The handler of the signal runs while the main thread holds the event's lock, as a handler may between any two steps.
PROGRAM = """
import signal, sys
from upbeat.cli.stop_on_signals import stop_on_signals

stop = stop_on_signals()
with stop._cond:
    signal.raise_signal(int(sys.argv[1]))
assert stop.wait(240), "the signal is lost"
for _ in range(100_000):
    signal.raise_signal(int(sys.argv[1]))
print("ended")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_comes_while_the_service_looks_for_one_stops_it_and_more_of_them_do_no_harm(
    number: signal.Signals,
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(int(number))], stdout=subprocess.PIPE, text=True
    )
    try:
        out, _ = process.communicate(timeout=240)
    finally:
        process.kill()
    assert (process.returncode, out) == (0, "ended\n")
