"""The exchanges of the events in RabbitMQ as the relay sees them: declared when first used and again after trouble."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.events.consumers import Consumer
from upbeat.events.topology import declare, routes_of
from upbeat.events.wire import Message
from upbeat.logs import get_logger
from upbeat.stores.rabbitmq import Outgoing, Publisher, Refusal

log = get_logger(__name__)


class BrokerExchange:
    """See `Exchange`. One connection, opened when needed and again when it was lost."""

    def __init__(self, dsn: str, consumers: dict[str, Consumer]) -> None:
        self._dsn = dsn
        self._consumers = consumers
        self._publisher = Publisher(dsn, application="upbeat relay")
        self._declared = False
        self._told: set[str] = set()

    def open(self) -> None:
        """See `Exchange`."""
        if not self._declared:
            self.mend()

    def publish(self, consumer: Consumer, messages: Sequence[Message], timeout: float) -> Sequence[Refusal]:
        """See `Exchange`."""
        items = [Outgoing(consumer.exchange, consumer.routing_key, one.body, one) for one in messages]
        try:
            return self._publisher.publish(items, timeout)
        except StoreUnavailableError:
            # It may have lost its state, or the exchange was deleted: a missing one closes the channel.
            self._declared = False
            raise

    def mend(self) -> None:
        """See `Exchange`. What may not be declared is used as it is: an event that no queue takes is refused."""
        try:
            self._tell(declare(self._dsn, routes_of(self._consumers.values())))
        except InputError:
            self._declare_each()
        self._declared = True

    def _declare_each(self) -> None:
        """One queue that may not be declared must not keep the others from it."""
        for consumer in self._consumers.values():
            try:
                self._tell(declare(self._dsn, routes_of([consumer])))
            except InputError as error:
                self._tell([str(error)])

    def _tell(self, lines: Iterable[str]) -> None:
        """Each once, not at every new connection."""
        for line in lines:
            if line not in self._told:
                self._told.add(line)
                log.warning("not declared as configured", problem=line)

    def close(self) -> None:
        """See `Exchange`."""
        self._publisher.close()
