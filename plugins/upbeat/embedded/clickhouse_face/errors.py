"""ClickHouse errors: their code, their HTTP status, and the text that clients parse.

Statuses follow `exceptionCodeToHTTPStatus` of the ClickHouse server; clients decide by the code.
"""

from __future__ import annotations

import re

UNKNOWN_EXCEPTION = 1002
SYNTAX_ERROR = 62
TOO_MANY_SIMULTANEOUS_QUERIES = 202
AUTHENTICATION_FAILED = 516

_NAMES = {
    36: "BAD_ARGUMENTS",
    48: "NOT_IMPLEMENTED",
    62: "SYNTAX_ERROR",
    164: "READONLY",
    202: "TOO_MANY_SIMULTANEOUS_QUERIES",
    271: "CANNOT_DECOMPRESS",
    337: "INTO_OUTFILE_NOT_ALLOWED",
    372: "SESSION_NOT_FOUND",
    373: "SESSION_IS_LOCKED",
    394: "QUERY_WAS_CANCELLED",
    516: "AUTHENTICATION_FAILED",
    593: "ZERO_COPY_REPLICATION_ERROR",
    1002: "UNKNOWN_EXCEPTION",
}
_BAD_REQUEST = frozenset(
    [
        26,
        27,
        36,
        38,
        41,
        42,
        43,
        53,
        62,
        69,
        70,
        72,
        117,
        130,
        131,
        171,
        190,
        252,
        337,
        427,
        456,
        457,
        467,
        577,
    ]
)
_NOT_FOUND = frozenset([16, 46, 47, 50, 51, 56, 60, 63, 73, 75, 81, 95, 115, 511])
_OTHER_STATUS = {
    48: 501,
    159: 408,
    160: 408,
    168: 400,
    192: 403,
    193: 403,
    194: 401,
    497: 403,
    516: 403,
    223: 413,
}

_ENGINE_TEXT = re.compile(
    r"Code:\s*(?P<code>\d+)\.\s*(?:DB::Exception:\s*)?(?P<message>.*?)"
    r"(?:\s*\((?P<name>[A-Z][A-Z0-9_]+)\))?(?:\s*\(version [^)]*\))?\s*$",
    re.DOTALL,
)


class ClickHouseError(Exception):
    """What a client is told: a numeric code of ClickHouse and one message without secrets."""

    def __init__(
        self, code: int, message: str, name: str | None = None, *, status: int | None = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.name = name or _NAMES.get(code, "UNKNOWN_EXCEPTION")
        self.status = status or http_status(code)

    def text(self, version: str) -> str:
        """The body of an error answer, as the server words it."""
        return f"Code: {self.code}. DB::Exception: {self.message} ({self.name}) (version {version} (chdb))\n"


def http_status(code: int) -> int:
    """The HTTP status that the ClickHouse server gives an error code."""
    if code in _OTHER_STATUS:
        return _OTHER_STATUS[code]
    if code in _BAD_REQUEST:
        return 400
    return 404 if code in _NOT_FOUND else 500


def from_engine(error: BaseException) -> ClickHouseError:
    """Read the code and name out of the engine's exception text."""
    text = str(error)
    match = _ENGINE_TEXT.search(text)
    if match is None:
        return ClickHouseError(UNKNOWN_EXCEPTION, text or type(error).__name__)
    while inner := _ENGINE_TEXT.match(match["message"].removesuffix(".")):
        match = inner  # the library wraps an error into its own text, once or twice
    return ClickHouseError(int(match["code"]), match["message"], match["name"])


def trailer(error: ClickHouseError, tag: str, version: str) -> bytes:
    """What ends a body that had begun before the query failed.

    Shape (ClickHouse 25.11 and later; the tag is announced in `X-ClickHouse-Exception-Tag`):
    `\\r\\n__exception__\\r\\n<tag>\\r\\n<text>\\n<length> <tag>\\r\\n__exception__\\r\\n`, length in bytes with the newline.
    """
    text = error.text(version).encode()
    return b"\r\n__exception__\r\n%b\r\n%b%d %b\r\n__exception__\r\n" % (
        tag.encode(),
        text,
        len(text),
        tag.encode(),
    )
