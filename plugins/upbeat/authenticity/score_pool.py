"""Processes that score chunks of followers. Each reads the tables once; what travels is plain tuples."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from upbeat.authenticity.follower import Follower, RuleScore
from upbeat.errors import UpbeatError

if TYPE_CHECKING:
    from upbeat.authenticity.score import Scorer

_RULE_FIELDS = tuple(field.name for field in fields(RuleScore))
_values = attrgetter(*_RULE_FIELDS)
_CHUNKS_AHEAD = 2
"""Chunks that wait for each process, so that none idles while results are taken."""

_Pair = tuple[str, str | None]
_scorer: Scorer | None = None
"""Of a process of the pool; None in the process that started it."""


class ScorePool:
    """A fixed number of processes, started at once and kept until `close`."""

    def __init__(self, processes: int, threshold: float) -> None:
        self._in_flight = processes * (1 + _CHUNKS_AHEAD)
        # Not fork: whoever scores may have threads, whose locks a forked process would inherit as held.
        self._executor = ProcessPoolExecutor(
            processes, multiprocessing.get_context("spawn"), initializer=_start, initargs=(threshold,)
        )

    def stream(
        self, chunks: Iterable[Sequence[Follower]]
    ) -> Iterator[tuple[Sequence[Follower], list[RuleScore]]]:
        """The chunks with their scores, in order.

        Raises:
            UpbeatError: a process ended before its time; the chunks that were yielded are scored.
        """
        waiting: deque[tuple[Sequence[Follower], Future[list[tuple[Any, ...]]]]] = deque()
        try:
            for chunk in chunks:
                pairs = [(follower.handle, follower.full_name) for follower in chunk]
                waiting.append((chunk, self._executor.submit(_score, pairs)))
                if len(waiting) >= self._in_flight:
                    yield _taken(*waiting.popleft())
            while waiting:
                yield _taken(*waiting.popleft())
        except BrokenProcessPool as error:
            raise UpbeatError(
                "a process that scores was ended from outside, perhaps for want of memory: run again with fewer processes"
            ) from error
        finally:
            for _, future in waiting:
                future.cancel()

    def close(self) -> None:
        """End the processes."""
        self._executor.shutdown(cancel_futures=True)


def _taken(
    chunk: Sequence[Follower], future: Future[list[tuple[Any, ...]]]
) -> tuple[Sequence[Follower], list[RuleScore]]:
    return chunk, [RuleScore(**dict(zip(_RULE_FIELDS, values, strict=True))) for values in future.result()]


def _start(threshold: float) -> None:
    from upbeat.authenticity.score import Scorer

    global _scorer
    # Whoever interrupts the command interrupts its processes too; it is for the one that started them to end them.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _scorer = Scorer.with_threshold(threshold)


def _end_with_parent() -> None:
    """A process whose parent was killed would wait for work forever."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def _score(pairs: Sequence[_Pair]) -> list[tuple[Any, ...]]:
    assert _scorer is not None
    followers = [Follower(handle=handle, full_name=full_name) for handle, full_name in pairs]
    return [_values(score) for score in _scorer.rules(followers)]
