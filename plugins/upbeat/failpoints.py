"""Places where a test may kill the process, to prove that nothing is lost there. Inert in every other run.

`UPBEAT_FAILPOINT=sink_after_insert` kills at the first pass through that point, `…:3` at the third. The variable is
no setting: it is read here alone, so that no file of settings can ever arm it.
"""

from __future__ import annotations

import os
import signal

VARIABLE = "UPBEAT_FAILPOINT"
_passes = 0


def failpoint(name: str) -> None:
    """Kill this process with SIGKILL when `UPBEAT_FAILPOINT` names this point; else do nothing."""
    armed = os.environ.get(VARIABLE)
    if armed is None:
        return
    point, _, at = armed.partition(":")
    if point != name:
        return
    global _passes
    _passes += 1
    if _passes >= int(at or 1):
        os.kill(os.getpid(), signal.SIGKILL)
