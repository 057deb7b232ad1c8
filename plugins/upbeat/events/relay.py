"""The relay: moves events from the outbox to the broker, for as long as asked, through failures of either."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.events.batch import Batch, BatchSource
from upbeat.events.consumers import Consumer, chosen_consumers
from upbeat.events.observer import SinkObserver
from upbeat.events.outbox import Outbox
from upbeat.events.publish_batch import Exchange, Published, publish_batch
from upbeat.events.resting_kinds import RestingKinds
from upbeat.failpoints import failpoint
from upbeat.logs import get_logger, mask_secrets
from upbeat.settings import Settings

log = get_logger(__name__)

POLL_SECONDS = 0.1
"""Longest wait of an event while there is room for it. A poll is two look-ups in small indexes; waking the relay by
NOTIFY would cost every writing transaction instead."""
PUBLISH_SECONDS = 10.0
FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 1.0  # a store that comes back is noticed within a second
NO_BROKER = (
    "no broker is set: the sink reads the outbox itself; set UPBEAT_RABBITMQ_URL (or UPBEAT_RABBITMQ_EMBEDDED=true)"
    " to send events over RabbitMQ"
)


@dataclass(slots=True)
class RelaySummary:
    """What a run of the relay did. `by_kind` counts published events."""

    events: int = 0
    messages: int = 0
    batches: int = 0
    parked: int = 0
    seconds: float = 0.0
    by_kind: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, published: Published) -> None:
        """Count one batch."""
        self.events += len(published.events)
        self.messages += published.messages
        self.batches += bool(published.events)
        self.parked += len(published.rejected)
        if published.events:
            self.by_kind[kind] = self.by_kind.get(kind, 0) + len(published.events)


class Relay:
    """One loop over the outbox and a broker. `run` may be called once."""

    def __init__(
        self,
        consumers: dict[str, Consumer],
        source: BatchSource,
        exchange: Exchange,
        *,
        stop: threading.Event,
        observer: SinkObserver | None = None,
        on_progress: Callable[[RelaySummary], None] | None = None,
        publish_seconds: float = PUBLISH_SECONDS,
    ) -> None:
        self._consumers = consumers
        self._source = source
        self._exchange = exchange
        self._stop = stop
        self._observer = observer
        self._on_progress = on_progress
        self._publish_seconds = publish_seconds
        self._kinds = RestingKinds(consumers)
        self._wait = FIRST_WAIT_SECONDS
        self._problem: str | None = None
        self._deadline: float | None = None

    def run(self, *, time_budget: float | None, until_empty: bool) -> RelaySummary:
        """Publish until stopped, until the budget (in seconds) ends or, if asked, until no event is left.

        Raises:
            StoreUnavailableError: the budget ended while a store was away or a kind had no queue; what was not
                published is still in the outbox.
        """
        started = time.monotonic()
        self._deadline = None if time_budget is None else started + time_budget
        summary = RelaySummary()
        while not self._stop.is_set() and self._seconds_left() > 0:
            moved = self._step(summary, rest=not until_empty)
            summary.seconds = time.monotonic() - started
            if moved is None:
                self._pause(self._next_wait())
            elif moved:
                self._tell_progress(summary)
            elif until_empty and self._is_empty():
                return summary
            else:
                self._pause(POLL_SECONDS)
        problem = self._problem or self._kinds.any_problem()
        if problem is not None and not self._stop.is_set():
            raise StoreUnavailableError(
                f"{problem} (after {summary.events} events; the rest stays in the outbox)"
            )
        return summary

    def _step(self, summary: RelaySummary, *, rest: bool) -> bool | None:
        """One batch: True when one was done, False when there was none, None when a store was away."""
        try:
            # Before the claim: while the broker is away, no batch is claimed and given back for nothing.
            self._exchange.open()
            batch = self._source.claim(self._kinds.awake(), whole_batches_only=False)
            if batch is None:
                self._recovered()
                return False
            published = self._publish(batch)
            self._count(batch, published, summary)
            if published.problem is not None:
                raise published.problem
            self._recovered()
            if not published.refusals:
                self._kinds.passed(batch.kind, len(batch.events), rest=rest)
            elif self._kinds.refused(batch.kind, published.refusals[0]):
                self._exchange.mend()
        except StoreUnavailableError as error:
            self._name_problem(str(error))
            return None
        return True

    def _publish(self, batch: Batch) -> Published:
        """Send a batch; what the broker answers for leaves the outbox, the rest is given back."""
        timeout = max(1.0, min(self._publish_seconds, self._seconds_left()))
        published = publish_batch(batch, self._consumers[batch.kind], self._exchange, timeout)
        failpoint("relay_after_confirm")
        if published.events:
            self._source.settle(batch, [event.id for event in published.events])
        if published.rejected:
            self._source.park(batch, published.rejected)
        if published.problem is not None:
            self._source.release(batch, str(published.problem))
        elif published.refusals:
            self._source.release(batch, published.refusals[0])
        return published

    def _count(self, batch: Batch, published: Published, summary: RelaySummary) -> None:
        summary.add(batch.kind, published)
        if self._observer is not None:
            now = time.time()
            lags = [now - event.created_at for event in published.events]
            self._observer.stored(batch.kind, len(lags), int(bool(lags)), len(published.rejected), lags)

    def _is_empty(self) -> bool:
        try:
            return self._source.waiting(list(self._consumers)) == 0
        except StoreUnavailableError as error:
            self._name_problem(str(error))
            return False

    def _name_problem(self, problem: str) -> None:
        """One line when the trouble begins, not one for each attempt."""
        if self._problem is None:
            log.warning("the relay waits", problem=problem)
            if self._observer is not None:
                self._observer.store_available(False)
        self._problem = problem

    def _recovered(self) -> None:
        if self._problem is not None:
            log.info("the relay goes on")
            self._problem = None
            if self._observer is not None:
                self._observer.store_available(True)
        self._wait = FIRST_WAIT_SECONDS

    def _next_wait(self) -> float:
        wait, self._wait = self._wait, min(self._wait * 2, LONGEST_WAIT_SECONDS)
        return wait

    def _seconds_left(self) -> float:
        return float("inf") if self._deadline is None else self._deadline - time.monotonic()

    def _pause(self, seconds: float) -> None:
        self._stop.wait(max(0.0, min(seconds, self._seconds_left())))

    def _tell_progress(self, summary: RelaySummary) -> None:
        if self._on_progress is not None:
            self._on_progress(summary)


def relay(
    settings: Settings,
    *,
    time_budget: float | None,
    until_empty: bool,
    kinds: Sequence[str] | None = None,
    observer: SinkObserver | None = None,
    on_progress: Callable[[RelaySummary], None] | None = None,
    stop: threading.Event | None = None,
) -> RelaySummary:
    """Publish the events of the outbox to RabbitMQ.

    Args:
        time_budget: seconds; None for no limit.
        until_empty: stop when no event of these kinds is left.
        kinds: default all that have a consumer; events of other kinds stay in the outbox.
        on_progress: called after each batch with the summary so far.
        stop: set it to end after the batch under way.

    Raises:
        InputError: no broker is set, or a kind is unknown.
        StoreUnavailableError: the budget ended while RabbitMQ or Postgres was away. Nothing is lost: the events are
            still in the outbox.
    """
    from upbeat.events.broker_exchange import BrokerExchange

    dsn = settings.rabbitmq_dsn()
    if dsn is None:
        raise InputError(NO_BROKER)
    consumers = chosen_consumers(kinds)
    log.info("the relay starts", broker=mask_secrets(dsn), kinds=len(consumers))
    source, exchange = Outbox(settings, "relay"), BrokerExchange(dsn, consumers)
    one = Relay(
        consumers,
        source,
        exchange,
        stop=stop or threading.Event(),
        observer=observer,
        on_progress=on_progress,
        # A batch that outlives its lease would be published a second time by another relay.
        publish_seconds=min(PUBLISH_SECONDS, settings.sink_lease_seconds / 2),
    )
    try:
        return one.run(time_budget=time_budget, until_empty=until_empty)
    finally:
        source.close()
        exchange.close()
