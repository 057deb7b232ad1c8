"""How connections to RabbitMQ are made, and what their errors mean to a person."""

from __future__ import annotations

from typing import Any

import pika
from pika.adapters.utils import connection_workflow
from pika.exceptions import AMQPError, ChannelClosedByBroker, ConnectionClosed, ProbableAuthenticationError

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.stores.rabbitmq import header_values

header_values.install()

# Twice missed, a peer counts as dead: a silent network is noticed within a minute.
HEARTBEAT_SECONDS = 30
CONNECT_SECONDS = 5.0
# Everything that a connection raises while the broker is away, starts, stops or throws us out.
CONNECTION_ERRORS = (AMQPError, connection_workflow.AMQPConnectorException, OSError)


def connection_parameters(dsn: str, application: str) -> pika.URLParameters:
    """Parameters from an URL `amqp(s)://user:password@host:port/vhost`; `application` is the connection's name.

    Raises:
        InputError: the URL cannot be read. Its text is not quoted, for it holds a password.
    """
    try:
        parameters = pika.URLParameters(dsn)
    except (ValueError, TypeError):
        # Without the cause: its message quotes a piece of the URL.
        raise InputError(
            "the URL of RabbitMQ cannot be read: write `amqp(s)://user:password@host:port/vhost`, special characters as %XX"
        ) from None
    if parameters.heartbeat is None:
        parameters.heartbeat = HEARTBEAT_SECONDS
    parameters.client_properties = {"connection_name": application}
    parameters.connection_attempts = 1  # who needs another attempt makes it, and knows how long to wait
    parameters.socket_timeout = CONNECT_SECONDS
    parameters.stack_timeout = 2 * CONNECT_SECONDS
    # A memory or disk alarm of the broker may last: the connection stays, and the publisher says what it waits for.
    parameters.blocked_connection_timeout = None
    return parameters


def unavailable(parameters: Any, error: BaseException | None) -> StoreUnavailableError:
    """The one line that says where RabbitMQ should be and what happened."""
    where = f"{parameters.host}:{parameters.port}"
    if isinstance(_innermost(error), ChannelClosedByBroker):
        return StoreUnavailableError(f"RabbitMQ at {where} refuses: {reason(error, parameters)}")
    return StoreUnavailableError(f"RabbitMQ does not answer at {where}: {reason(error, parameters)}")


def reason(error: BaseException | None, parameters: Any) -> str:
    """What is behind pika's wrappers, on one line."""
    inner = _innermost(error)
    if isinstance(inner, ProbableAuthenticationError):
        user = parameters.credentials.username
        return f"it refuses the login of user {user}: mend user or password in UPBEAT_RABBITMQ_URL"
    if isinstance(inner, ConnectionClosed | ChannelClosedByBroker):
        return " ".join(f"{inner.reply_text} ({inner.reply_code})".split())[:300]
    text = " ".join((str(inner) or repr(inner)).split())
    return text[:300] if inner is not None else "the connection was closed"


def _innermost(error: BaseException | None) -> BaseException | None:
    while error is not None:
        if isinstance(error, connection_workflow.AMQPConnectorPhaseErrorBase):
            error = error.exception
        elif isinstance(error, connection_workflow.AMQPConnectionWorkflowFailed) and error.exceptions:
            error = error.exceptions[-1]
        elif error.args and isinstance(error.args[0], BaseException):
            error = error.args[0]
        else:
            return error
    return None
