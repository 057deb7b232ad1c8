"""One connection to RabbitMQ on the thread that runs it, from its opening to its end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pika

from upbeat.logs import get_logger
from upbeat.stores.rabbitmq.parameters import CONNECTION_ERRORS

log = get_logger(__name__)

CLOSE_SECONDS = 5.0


class Session:
    """A connection that is opened once. `run` belongs to one thread; `call` and `end` may be called by any."""

    def __init__(self, parameters: Any, opened: Callable[[Any], None]) -> None:
        """`opened` gets the connection, in its thread, as soon as channels can be made."""
        self._parameters = parameters
        self._opened = opened
        self._lock = threading.Lock()
        self._connection: Any = None
        self._ended = False
        self._error: BaseException | None = None

    def run(self) -> BaseException | None:
        """Open the connection and serve it until it is closed by either side; why it ended. Never raises."""
        try:
            return self._serve()
        except Exception as error:
            # No socket to be had, for example. The thread must live: it is what connects again.
            _name_fault(error)
            return error

    def _serve(self) -> BaseException | None:
        connection = pika.SelectConnection(
            self._parameters,
            on_open_callback=self._opened,
            on_open_error_callback=self._over,
            on_close_callback=self._over,
        )
        with self._lock:
            self._connection = connection
            ended = self._ended
        try:
            if ended:
                self._close(connection)
            connection.ioloop.start()
        except Exception as error:
            # A frame that pika cannot read, for example. Pika also asserts when it is closed while it still connects.
            if not self._ended and not isinstance(error, CONNECTION_ERRORS):
                _name_fault(error)
            self._error = error
            _hang_up(connection, error)
        finally:
            with self._lock:
                self._connection = None
            connection.ioloop.close()
        return self._error

    def call(self, callback: Callable[[], None]) -> bool:
        """Have the connection's thread call back; False when the connection is over, or not begun."""
        with self._lock:
            if self._connection is None:
                return False
            self._connection.ioloop.add_callback_threadsafe(callback)
            return True

    def end(self) -> None:
        """Close the connection; a peer that does not answer is hung up on after `CLOSE_SECONDS`."""
        with self._lock:
            self._ended = True
            connection = self._connection
            if connection is not None:
                connection.ioloop.add_callback_threadsafe(lambda: self._close(connection))

    def _close(self, connection: Any) -> None:
        if connection.is_closed or connection.is_closing:
            return
        connection.ioloop.call_later(
            CLOSE_SECONDS, lambda: _hang_up(connection, TimeoutError("no answer to the close"))
        )
        connection.close()

    def _over(self, connection: Any, error: BaseException) -> None:
        self._error = error
        connection.ioloop.stop()


def _name_fault(error: Exception) -> None:
    """Without its traceback: the frames of a login hold the password."""
    log.error("a connection to RabbitMQ ended by a fault", error=repr(error)[:300])


def _hang_up(connection: Any, error: BaseException) -> None:
    """Close the socket without a word: what pika does itself when heartbeats are missing."""
    if not connection.is_closed:
        connection._terminate_stream(error)
