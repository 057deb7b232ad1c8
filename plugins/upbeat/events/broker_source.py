"""The queues of RabbitMQ as a source of batches: messages are held unacknowledged until what they hold is stored or parked."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.events.acknowledgements import Ack, Acknowledgements
from upbeat.events.batch import Batch, Rejected
from upbeat.events.batch_membership import BatchMembership
from upbeat.events.consumers import Consumer
from upbeat.events.error_exchange import ErrorExchange, failed_event, failed_part
from upbeat.events.flush_policy import flush_limits
from upbeat.events.held_message import HeldMessage, announced_events
from upbeat.events.kind_buffer import KindBuffer
from upbeat.events.open_batch import OpenBatch, join
from upbeat.events.topology import declare, routes_of
from upbeat.failpoints import failpoint
from upbeat.logs import get_logger
from upbeat.settings import Settings

if TYPE_CHECKING:
    from upbeat.stores.rabbitmq import Delivery, Subscriber

log = get_logger(__name__)
CONNECT_SECONDS = 10.0
COUNT_SECONDS = 10.0


class BrokerSource:
    """A `BatchSource` over the queues of the consumers. Thread-safe: any number of sinks share one.

    Memory is bounded by `consumers` × `prefetch` messages of each kind: the broker hands over no more unacknowledged.
    Calls raise `StoreUnavailableError` while RabbitMQ does not answer; nothing is lost by that.
    """

    def __init__(self, settings: Settings, consumers: Mapping[str, Consumer]) -> None:
        dsn = settings.rabbitmq_dsn()
        if dsn is None:
            raise InputError("no RabbitMQ is set: set UPBEAT_RABBITMQ_URL, or UPBEAT_RABBITMQ_EMBEDDED=true")
        self._dsn = dsn
        self._routes = {kind: routes_of([one])[0] for kind, one in consumers.items()}
        self._buffers = {
            kind: KindBuffer(kind, flush_limits(one, settings), one.consumers * one.prefetch)
            for kind, one in consumers.items()
        }
        # One entry for each channel.
        self._consumers = [one for one in consumers.values() for _ in range(one.consumers)]
        self._acknowledgements: list[Acknowledgements[HeldMessage]] = [
            Acknowledgements(most_held_back=one.prefetch // 2) for one in self._consumers
        ]
        self._errors = ErrorExchange(dsn, list(self._routes.values()))
        self._membership = BatchMembership(settings)
        self._lock = threading.RLock()
        self._open: dict[str, OpenBatch] = {}
        self._unacknowledged: dict[str, int] = {}  # batch → messages whose acks have not gone out
        self._named_queues: set[str] = set()
        self._starting = threading.Lock()
        self._subscriber: Subscriber | None = None

    # --- BatchSource -----------------------------------------------------------------------------
    def claim(self, kinds: Sequence[str], *, whole_batches_only: bool) -> Batch | None:
        """See `BatchSource`. The kind that has waited longest is next.

        Without `whole_batches_only` a smaller batch goes as soon as nothing more arrives.
        """
        subscriber = self._started()
        for kind in kinds:
            self._find_batches_again(self._buffers[kind])
        while (found := self._next(kinds, whole_batches_only)) is not None:
            if isinstance(found, OpenBatch):
                return self._handed_out(self._without_bad_parts(found))
            buffer, taken = found
            batch = self._new_batch(buffer, taken)
            if batch is not None:
                return self._handed_out(batch)
        if subscriber.problem is not None:
            raise subscriber.problem
        return None

    def settle(self, batch: Batch, stored: Sequence[int]) -> int:
        """See `BatchSource`. A message is acknowledged when all that is in it is stored or parked."""
        failpoint("sink_before_ack")
        count = self._done(batch, stored)
        failpoint("sink_after_ack")
        return count

    def park(self, batch: Batch, rejected: Sequence[Rejected]) -> int:
        """See `BatchSource`. They are in the error queue, confirmed, before anything is acknowledged."""
        with self._lock:
            open_batch = self._open.get(batch.id)
            if open_batch is None:
                return 0
            route = self._routes[batch.kind]
            items = [
                failed_event(route, batch.kind, one.event, open_batch.owners[one.event.id][0], one.reason)
                for one in rejected
            ]
        self._errors.publish(items)
        failpoint("sink_after_park")
        count = self._done(batch, [one.event.id for one in rejected])
        self._membership.replace(batch.id, list(open_batch.left))
        return count

    def release(self, batch: Batch, reason: str, *, delay_seconds: float = 0.0) -> None:
        """See `BatchSource`. It stays the batch that it is: the insert may have passed although no answer came."""
        with self._lock:
            open_batch = self._open.pop(batch.id, None)
            if open_batch is None:
                return
            buffer = self._buffers[batch.kind]
            if any(held.void for held in open_batch.unfinished()):
                buffer.waiting.look_again(open_batch.apart())
            elif open_batch.left:
                buffer.released.append(open_batch.again(time.monotonic() + delay_seconds))
        if len(open_batch.left) < len(batch.events):
            self._membership.replace(batch.id, list(open_batch.left))

    def waiting(self, kinds: Sequence[str]) -> int:
        """See `BatchSource`. Messages in the queues count as one event each; what other sinks hold does not count."""
        ready = self._started().ready(COUNT_SECONDS)
        with self._lock:
            held = sum(self._buffers[kind].events for kind in kinds)
            held += sum(len(one.left) for one in self._open.values() if one.batch.kind in kinds)
        return held + sum(ready.get(self._routes[kind].queue, 0) for kind in kinds)

    def held(self) -> int:
        """See `BatchSource`."""
        with self._lock:
            return sum(buffer.events for buffer in self._buffers.values())

    def close(self) -> None:
        """See `BatchSource`. What is not acknowledged goes back to its queue."""
        with self._starting:
            subscriber = self._subscriber
        if subscriber is not None:
            subscriber.close()
        self._errors.close()
        self._membership.close()

    # --- batches ---------------------------------------------------------------------------------
    def _next(
        self, kinds: Iterable[str], whole: bool
    ) -> OpenBatch | tuple[KindBuffer, list[HeldMessage]] | None:
        """What has waited longest: a batch that exists, or messages for a new one."""
        now = time.monotonic()
        with self._lock:
            oldest: float | None = None
            chosen: KindBuffer | None = None
            for kind in kinds:
                buffer = self._buffers[kind]
                existing = self._existing(buffer, now)
                if existing is not None:
                    return existing
                since = buffer.waiting.oldest
                if (
                    since is not None
                    and (oldest is None or since < oldest)
                    and buffer.messages_due(now, whole)
                ):
                    oldest, chosen = since, buffer
            return None if chosen is None else (chosen, chosen.take(now))

    def _existing(self, buffer: KindBuffer, now: float) -> OpenBatch | None:
        """A batch that was given back, or one of before a crash that is complete again."""
        released = buffer.released_batch(now)
        if released is not None:
            buffer.released.remove(released)
            self._open[released.batch.id] = released
            return released
        found = buffer.regathering.complete(self._open)
        if found is None:
            return None
        joined = join(found.messages, len(found.ids))
        if len(joined.events) < len(found.ids):
            # Under one of its ids another event has come since: it is that batch no more.
            buffer.waiting.put_back(found.messages)
            return None
        buffer.waiting.put_back(joined.rest)
        batch = OpenBatch.of(found.id, buffer.kind, joined, found.ids)
        self._opened(batch)
        return batch

    def _new_batch(self, buffer: KindBuffer, taken: list[HeldMessage]) -> OpenBatch | None:
        """Fix a batch of the messages; None when there is no event in them."""
        failpoint("sink_after_receive")
        size = sum(held.size for held in taken)
        back = taken
        try:
            joined = join(taken, buffer.limits.largest_rows)
            self._park_bad_parts(buffer.kind, joined.messages)
            batch = OpenBatch.of(str(uuid4()), buffer.kind, joined, joined.events)
            if batch.left:
                self._membership.remember(batch.batch.id, buffer.kind, list(batch.left))
                failpoint("sink_after_membership")
            back = joined.rest
        finally:
            with self._lock:
                buffer.on_the_way -= size
                buffer.waiting.put_back(held for held in back if not held.void)
        with self._lock:
            self._acknowledge([held for held in joined.messages if held.left == 0])
            if not batch.left:
                return None
            self._opened(batch)
        return batch

    def _opened(self, batch: OpenBatch) -> None:
        self._open[batch.batch.id] = batch
        self._unacknowledged[batch.batch.id] = len(batch.messages)

    def _handed_out(self, batch: OpenBatch) -> Batch:
        failpoint("sink_after_claim")
        return batch.batch

    def _without_bad_parts(self, batch: OpenBatch) -> OpenBatch:
        """A batch of before a crash has its messages' bad lines again, too."""
        try:
            self._park_bad_parts(batch.batch.kind, batch.messages)
        except StoreUnavailableError as error:
            self.release(batch.batch, str(error))
            raise
        return batch

    def _park_bad_parts(self, kind: str, messages: Iterable[HeldMessage]) -> None:
        bad = [held for held in messages if held.bad]
        if not bad:
            return
        route = self._routes[kind]
        self._errors.publish(
            [failed_part(route, kind, part, held.origin) for held in bad for part in held.bad]
        )
        for held in bad:
            held.left -= len(held.bad)
            held.bad = []

    def _find_batches_again(self, buffer: KindBuffer) -> None:
        """Messages that came again may have been in a batch whose insert passed: they are gathered to be that batch."""
        with self._lock:
            buffer.waiting.put_back(buffer.regathering.given_up(time.monotonic()))
            again = buffer.waiting.take_redelivered()
            size = sum(held.size for held in again)
            buffer.on_the_way += size
        if not again:
            return
        others = again
        try:
            known = self._membership.known(buffer.kind)
            for held in again:
                held.decoded()
            with self._lock:
                others = buffer.regathering.offer(
                    [held for held in again if not held.void], known, time.monotonic()
                )
        finally:
            with self._lock:
                buffer.on_the_way -= size
                buffer.waiting.put_back(held for held in others if not held.void)

    # --- acknowledgements ------------------------------------------------------------------------
    def _done(self, batch: Batch, ids: Sequence[int]) -> int:
        with self._lock:
            open_batch = self._open.get(batch.id)
            if open_batch is None:
                return 0
            count, finished = open_batch.done(ids)
            if not open_batch.left:
                del self._open[batch.id]
            self._acknowledge(finished)
        return count

    def _acknowledge(self, finished: Iterable[HeldMessage]) -> None:
        """Under the lock, so that the acks of a channel go out in the order in which they were decided."""
        assert self._subscriber is not None
        by_channel: dict[int, list[int]] = {}
        for held in finished:
            if not held.void:
                by_channel.setdefault(held.delivery.channel, []).append(held.delivery.tag)
        for channel, tags in by_channel.items():
            for ack in self._acknowledgements[channel].done(tags):
                last = ack.items[-1].delivery
                self._subscriber.ack(last, multiple=ack.multiple, then=partial(self._went_out, ack))

    def _went_out(self, ack: Ack[HeldMessage], sent: bool) -> None:
        """A batch is forgotten once all its acks are out: until then its messages may come again."""
        if not sent:
            return
        with self._lock:
            for held in ack.items:
                left = self._unacknowledged.get(held.batch or "")
                if held.batch is None or left is None:
                    continue
                if left > 1:
                    self._unacknowledged[held.batch] = left - 1
                else:
                    del self._unacknowledged[held.batch]
                    self._membership.acknowledged(held.batch)

    # --- the subscriber's thread -----------------------------------------------------------------
    def _started(self) -> Subscriber:
        """The subscriber; the first call begins to consume and waits until the connection stands or failed."""
        from upbeat.stores.rabbitmq import Subscriber, Subscription

        with self._starting:
            if self._subscriber is None:
                self._subscriber = Subscriber(
                    self._dsn,
                    [Subscription(one.queue, one.prefetch) for one in self._consumers],
                    on_delivery=self._on_delivery,
                    on_lost=self._on_lost,
                    application="upbeat sink",
                    prepare=self._declare,
                )
                self._subscriber.start()
                self._subscriber.wait_attempted(CONNECT_SECONDS)
            return self._subscriber

    def _declare(self) -> None:
        for line in declare(self._dsn, self._routes.values()):
            if line not in self._named_queues:
                self._named_queues.add(line)
                log.warning("a queue differs", problem=line)

    def _on_delivery(self, delivery: Delivery) -> None:
        kind = self._consumers[delivery.channel].kind
        held = HeldMessage(delivery, time.monotonic(), announced_events(delivery.properties))
        with self._lock:
            self._acknowledgements[delivery.channel].delivered(delivery.tag, held)
            self._buffers[kind].waiting.add(held)

    def _on_lost(self, channel: int) -> None:
        with self._lock:
            for held in self._acknowledgements[channel].lost():
                held.void = True
                self._unacknowledged.pop(held.batch or "", None)
            self._buffers[self._consumers[channel].kind].lost(channel)
