"""The flows of one worker: how much of each runs, and of which the worker should ask for more."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Generic

from upbeat.queue.groups import R
from upbeat.queue.tasks import FlowName, Task

# Free slots are filled together: a quarter of a flow's at once, or whatever is free after this time.
GATHER_SECONDS = 0.05


@dataclass(slots=True, eq=False)
class Lane(Generic[R]):
    """One flow: its handler, at most so many tasks of it at once, and where it stands.

    Attributes:
        handler: runs one task; whatever it raises is a mistake of ours, and the task's lease runs out.
        deadline: longest run of a task in seconds, kept to about a second; None when the handler keeps its own.
        timed_out: the result of a task that ran past `deadline`.
        pause_left: seconds until the flow may claim again; 0 when it may now.
        busy: tasks claimed and not yet handed to the committer.
        waiting: those of them that no slot has begun.
        slots: coroutines that run tasks; `starting` tells that another one is about to be added.
        more: there may be something to claim.
        noticed: a notification came: claim at once, however few slots are free.
    """

    handler: Callable[[Task], Awaitable[R]]
    concurrency: int
    pause_left: Callable[[], float] = lambda: 0.0
    deadline: float | None = None
    timed_out: Callable[[Task], R] | None = None
    busy: int = 0
    slots: int = 0
    starting: bool = False
    waiting: deque[Task] = field(default_factory=deque)
    more: bool = True
    noticed: bool = False
    claimed_at: float = 0.0

    @property
    def free(self) -> int:
        """Tasks that fit."""
        return self.concurrency - self.busy

    @property
    def enough(self) -> int:
        """So many free slots are worth a claim at once."""
        return max(1, self.concurrency // 4)


@dataclass(slots=True, eq=False)
class Run(Generic[R]):
    """A task that runs: in which slot, since when (the event loop's clock), and whether its time is over."""

    slot: asyncio.Task[None]
    started: float
    lane: Lane[R]
    overdue: bool = False


def seconds_until_claim(lane: Lane[R], now: float) -> float | None:
    """How long until this flow should ask for tasks: 0 for now, None when it has no reason to."""
    if not lane.more or lane.free <= 0:
        return None
    if (pause := lane.pause_left()) > 0:
        return pause
    if lane.noticed or lane.free >= lane.enough:
        return 0.0
    return max(0.0, lane.claimed_at + GATHER_SECONDS - now)


def fair_shares(free: Iterable[tuple[FlowName, int]], room: int) -> dict[FlowName, int]:
    """How many tasks to ask for of each flow when at most `room` fit in all: no flow takes what another could use.

    With less room than flows, the first ones get one each: the caller changes their order every time.
    """
    asked = dict(free)
    shares: dict[FlowName, int] = {}
    # Those that want least first: what they leave goes to the others.
    order = sorted(asked, key=lambda flow: asked[flow])
    if room < len(order):
        return dict.fromkeys(list(asked)[:room], 1)
    for position, flow in enumerate(order):
        shares[flow] = min(asked[flow], room // (len(order) - position))
        room -= shares[flow]
    return {flow: shares[flow] for flow in asked}
