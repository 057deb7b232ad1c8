"""Small probes: does something answer, and is it what we think it is. Light imports: `upbeat status` is quick."""

from __future__ import annotations

import http.client
import json
import socket
from math import ceil
from typing import Any
from urllib.parse import unquote, urlsplit

PROBE_SECONDS = 3.0


def http_answer(url: str, *, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    """GET `url` and return status and body (at most 64 KiB).

    Raises:
        OSError: nothing answers, or no HTTP.
    """
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(parts.hostname or "127.0.0.1", parts.port, timeout=PROBE_SECONDS)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(65_536)
    except http.client.HTTPException as error:
        raise OSError(f"no HTTP answer: {type(error).__name__}") from error
    finally:
        connection.close()


def check_http(url: str, *, below: int = 400, headers: dict[str, str] | None = None) -> str | None:
    """None when `url` answers with a status below `below`."""
    try:
        status, _ = http_answer(url, headers=headers)
    except OSError as error:
        return f"does not answer: {reason(error)}"
    return None if status < below else f"answers HTTP {status}"


def check_json(url: str) -> tuple[dict[str, Any] | None, str | None]:
    """The JSON object at `url`, or the reason why there is none."""
    try:
        status, body = http_answer(url)
        return (json.loads(body), None) if status == 200 else (None, f"answers HTTP {status}")
    except OSError as error:
        return None, f"does not answer: {reason(error)}"
    except ValueError:
        return None, "answers something that is not JSON"


def check_postgres(dsn: str) -> str | None:
    """None when Postgres accepts the login and a query."""
    import psycopg

    try:
        with psycopg.connect(dsn, connect_timeout=max(1, ceil(PROBE_SECONDS)), autocommit=True) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error as error:
        text = str(error).strip()
        if "password authentication failed" in text:
            return "refuses the password (it was set when the data folder was created)"
        return "does not answer: " + (text.splitlines() or ["no reason given"])[0]
    return None


def check_redis(dsn: str) -> str | None:
    """None when Redis accepts the login and answers PING."""
    parts = urlsplit(dsn)
    commands = [["PING"]]
    if parts.password:
        user = [unquote(parts.username)] if parts.username else []
        commands.insert(0, ["AUTH", *user, unquote(parts.password)])
    try:
        address = (parts.hostname or "127.0.0.1", parts.port or 6379)
        with socket.create_connection(address, PROBE_SECONDS) as plain:
            stream = _tls(plain, address[0]) if parts.scheme == "rediss" else plain
            with stream, stream.makefile("rb") as answers:
                for command in commands:
                    stream.sendall(_resp(command))
                    answer = answers.readline().decode("utf-8", "replace").strip()
                    if not answer.startswith("+"):
                        return f"answers {answer.lstrip('-')[:100]}" if answer else "closed the connection"
    except OSError as error:
        return f"does not answer: {reason(error)}"
    return None


def check_rabbitmq(url: str) -> str | None:
    """None when RabbitMQ accepts the login and opens the virtual host of `url`."""
    import logging

    import pika
    from pika.adapters.utils.connection_workflow import AMQPConnectorException, AMQPConnectorStackTimeout
    from pika.exceptions import AMQPError, ProbableAccessDeniedError, ProbableAuthenticationError

    logging.getLogger("pika").setLevel(logging.CRITICAL)  # it logs each refusal seven times, as errors
    parameters = pika.URLParameters(url)
    parameters.connection_attempts = 1
    parameters.socket_timeout = parameters.stack_timeout = PROBE_SECONDS
    parameters.blocked_connection_timeout = PROBE_SECONDS
    try:
        pika.BlockingConnection(parameters).close()
    except ProbableAuthenticationError:
        return f"refuses the login of user {parameters.credentials.username}"
    except ProbableAccessDeniedError:
        return f"refuses the virtual host {parameters.virtual_host} to user {parameters.credentials.username}"
    except AMQPConnectorStackTimeout:
        return f"does not answer: {reason(TimeoutError())}"
    except (AMQPError, AMQPConnectorException) as error:
        return f"does not answer: {_innermost_reason(error)}"
    except OSError as error:
        return f"does not answer: {reason(error)}"
    return None


def _innermost_reason(error: BaseException) -> str:
    """pika wraps the operating system's error into errors of its own: the few words of the last one inside."""
    inner = getattr(error, "exception", None) or (error.args[0] if error.args else None)
    if isinstance(inner, OSError):
        return reason(inner)
    if isinstance(inner, BaseException):
        return _innermost_reason(inner)
    return str(error).strip() or type(error).__name__


def _resp(command: list[str]) -> bytes:
    """A command in Redis' wire protocol."""
    words = [word.encode() for word in command]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def _tls(plain: socket.socket, host: str) -> socket.socket:
    import ssl

    return ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def reason(error: OSError) -> str:
    """The few words of an operating system's error that help a person."""
    if isinstance(error, (socket.timeout, TimeoutError)):
        return f"no answer within {PROBE_SECONDS:.0f} s"
    return error.strerror or str(error)
