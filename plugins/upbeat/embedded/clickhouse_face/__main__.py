"""`python -m upbeat.embedded.clickhouse_face --path DIR --port N --user upbeat --password-file FILE`."""

from __future__ import annotations

import argparse
import ipaddress
import sys
from pathlib import Path

from upbeat.embedded.clickhouse_face.keeper import UNUSABLE, keep
from upbeat.embedded.clickhouse_face.options import FaceOptions
from upbeat.embedded.clickhouse_face.request import Login
from upbeat.errors import InputError
from upbeat.logs import configure_logging

DEFAULT_MAX_MEMORY = 2 << 30


def main(arguments: list[str] | None = None) -> int:
    """Run the face, or the engine's process of a keeper. Returns 2 for unusable input, with one line on stderr."""
    configure_logging(json=None)
    given = sys.argv[1:] if arguments is None else arguments
    try:
        options = read_options(given)
        if options.listener is None:
            return keep(options, given)
        from upbeat.embedded.clickhouse_face.server import serve  # what the keeper need not hold in memory

        serve(options)
    except InputError as error:
        sys.stderr.write(f"error: {error}\n")
        return UNUSABLE
    return 0


def read_options(arguments: list[str]) -> FaceOptions:
    """Parse the command line. Raises InputError for a value that cannot be used."""
    parser = argparse.ArgumentParser(prog="clickhouse_face", description=__doc__)
    parser.add_argument("--path", required=True, type=Path, help="data folder, made when missing")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", required=True, type=int, help="0 takes a free one; the start line names it")
    parser.add_argument("--user", default="upbeat")
    parser.add_argument("--password-file", required=True, type=Path, help="its first line is the password")
    parser.add_argument("--max-memory", type=int, default=DEFAULT_MAX_MEMORY, help="bytes for one query")
    parser.add_argument("--threads", type=int, default=2, help="threads for one query")
    parser.add_argument("--max-concurrent-queries", type=int, default=32)
    parser.add_argument(
        "--slot-wait", type=float, default=10.0, help="seconds that a query may wait for others"
    )
    for name in ("--listener", "--keeper"):
        parser.add_argument(name, type=int, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    return FaceOptions(
        path=options.path,
        host=_loopback(options.host),
        port=options.port,
        login=Login(options.user, _password(options.password_file)),
        max_memory=options.max_memory,
        threads=options.threads,
        max_concurrent_queries=options.max_concurrent_queries,
        slot_wait_seconds=options.slot_wait,
        listener=options.listener,
        keeper=options.keeper,
    )


def _loopback(host: str) -> str:
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        raise InputError(f"--host {host}: is no address; use 127.0.0.1") from None
    if not address.is_loopback:
        raise InputError(f"--host {host}: the embedded ClickHouse listens on loopback only; use 127.0.0.1")
    return str(address)


def _password(file: Path) -> str:
    try:
        password = file.read_text().partition("\n")[0].rstrip("\r")
    except OSError as error:
        raise InputError(f"--password-file {file}: cannot be read ({error.strerror})") from error
    if not password:
        raise InputError(f"--password-file {file}: is empty; write a password into its first line")
    return password


if __name__ == "__main__":
    sys.exit(main())
