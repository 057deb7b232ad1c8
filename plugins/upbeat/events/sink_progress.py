"""What the loops of one run of the sink share: counts, which kinds are refused, what is wrong. Safe in several threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from upbeat.events.observer import NoObserver, SinkObserver
from upbeat.events.store_batch import Stored
from upbeat.logs import get_logger

log = get_logger(__name__)

REFUSED_TABLE_WAIT_SECONDS = 15.0


@dataclass(slots=True)
class DrainSummary:
    """What a run of the sink did. `batches` counts inserts, `by_kind` stored events."""

    events: int = 0
    batches: int = 0
    parked: int = 0
    seconds: float = 0.0
    by_kind: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, stored: Stored) -> None:
        """Count one batch."""
        self.events += stored.events
        self.batches += stored.inserts
        self.parked += stored.parked
        self.by_kind[kind] = self.by_kind.get(kind, 0) + stored.events


class SinkProgress:
    """One for each run; its loops are known by their numbers."""

    def __init__(
        self,
        kinds: Iterable[str],
        *,
        observer: SinkObserver | None = None,
        on_progress: Callable[[DrainSummary], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.summary = DrainSummary()
        self.given_up = False
        self._kinds = list(kinds)
        self._observer = observer or NoObserver()
        self._on_progress = on_progress
        self._clock = clock
        self._started = clock()
        self._lock = threading.RLock()
        self._one_report_at_a_time = threading.Lock()
        self._refused_until: dict[str, float] = {}
        # By loop (its number) or refused kind (its name).
        self._problems: dict[int | str, str] = {}

    @property
    def problem(self) -> str | None:
        """What the run waits for now, in one line; None when nothing is wrong."""
        with self._lock:
            return next(iter(self._problems.values()), None)

    def open_kinds(self) -> list[str]:
        """The kinds whose table was not refused lately."""
        now = self._clock()
        with self._lock:
            self._refused_until = {kind: until for kind, until in self._refused_until.items() if until > now}
            return [kind for kind in self._kinds if kind not in self._refused_until]

    def passed(self, loop: int, kind: str, stored: Stored) -> None:
        """A batch is done."""
        with self._lock:
            self.summary.add(kind, stored)
            self._refused_until.pop(kind, None)
            self.went_on(loop)
        self._observer.stored(kind, stored.events, stored.inserts, stored.parked, stored.lags)
        self._report()

    def refused(self, kind: str, problem: str) -> None:
        """The kind's table was refused: no loop takes its events for a while."""
        with self._lock:
            self._refused_until[kind] = self._clock() + REFUSED_TABLE_WAIT_SECONDS
            self._note(kind, problem)

    def waits(self, loop: int, problem: str) -> None:
        """A store does not answer this loop."""
        with self._lock:
            self._note(loop, problem)

    def went_on(self, loop: int) -> None:
        """Nothing failed in this loop just now; what a refused table holds back is still a problem."""
        with self._lock:
            self.summary.seconds = self._clock() - self._started
            was_wrong = bool(self._problems)
            self._problems = {
                key: text
                for key, text in self._problems.items()
                if key != loop and (isinstance(key, int) or key in self._refused_until)
            }
            if was_wrong and not self._problems:
                log.info("the sink goes on")
                self._observer.store_available(True)

    def give_up(self) -> None:
        """A loop broke by a fault of the program or Ctrl-C: all end after their batches."""
        self.given_up = True

    def _note(self, key: int | str, problem: str) -> None:
        """One line when the trouble begins, not one for each attempt of each loop."""
        self.summary.seconds = self._clock() - self._started
        if not self._problems:
            log.warning("the sink waits", problem=problem)
            self._observer.store_available(False)
        self._problems[key] = problem

    def _report(self) -> None:
        if self._on_progress is not None:
            with self._one_report_at_a_time:
                self._on_progress(self.summary)
