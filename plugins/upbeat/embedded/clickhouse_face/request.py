"""Parsing an HTTP request into what ClickHouse's HTTP interface reads from it. Pure: no sockets, no engine."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from upbeat.embedded.clickhouse_face.errors import AUTHENTICATION_FAILED, ClickHouseError

DEFAULT_SESSION_TIMEOUT = 60
MAX_SESSION_TIMEOUT = 3600

# Read by the interface itself; every other parameter of the address is a setting of the query.
_INTERFACE_PARAMETERS = frozenset(
    {
        "query",
        "database",
        "default_format",
        "user",
        "password",
        "quota_key",
        "session_id",
        "session_timeout",
        "session_check",
        "close_session",
        "query_id",
        "stacktrace",
        "compress",
        "decompress",
        "buffer_size",
        "wait_end_of_query",
        "client_protocol_version",
        "role",
        "enable_http_compression",
        "http_zlib_compression_level",
        "send_progress_in_http_headers",
        "http_headers_progress_interval_ms",
        "http_write_exception_in_output_format",
        "http_response_buffer_size",
        "add_http_cors_header",
    }
)
_SETTING_NAME = re.compile(r"^[A-Za-z_][A-Za-z0-9_.]*$")
_CODINGS = ("zstd", "lz4", "br", "gzip", "deflate")


@dataclass(frozen=True, slots=True)
class FaceRequest:
    """One request. `query` is the part of the SQL in the address; the body follows it after a newline."""

    method: str
    query: str = ""
    database: str | None = None
    default_format: str | None = None
    query_id: str | None = None
    session_id: str | None = None
    session_timeout: int = DEFAULT_SESSION_TIMEOUT
    session_check: bool = False
    close_session: bool = False
    wait_end_of_query: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    body_coding: str = ""
    answer_coding: str = ""
    multipart_boundary: str | None = None

    @property
    def read_only(self) -> bool:
        """GET and HEAD may not change anything."""
        return self.method in ("GET", "HEAD")


def parse_request(method: str, query_string: bytes, headers: Mapping[str, str]) -> FaceRequest:
    """Read the address and headers (names in lower case). Raises ClickHouseError for what cannot be served."""
    return build_request(method, parse_parameters(query_string), headers)


def parse_parameters(query_string: bytes) -> list[tuple[str, str]]:
    """The parameters of an address, decoded; bytes that are no UTF-8 survive as surrogates."""
    return parse_qsl(query_string.decode("latin-1"), keep_blank_values=True, errors="surrogateescape")


def build_request(method: str, pairs: Iterable[tuple[str, str]], headers: Mapping[str, str]) -> FaceRequest:
    """Sort parameters into interface, query parameters and settings."""
    values = dict(pairs)
    for name in ("compress", "decompress"):
        if _flag(values.get(name)):
            raise ClickHouseError(
                48,
                f"{name}=1 is not supported by the embedded ClickHouse: use Content-Encoding and Accept-Encoding",
            )
    return FaceRequest(
        method=method,
        query=values.get("query", ""),
        database=values.get("database") or headers.get("x-clickhouse-database") or None,
        default_format=values.get("default_format") or headers.get("x-clickhouse-format") or None,
        query_id=values.get("query_id") or headers.get("x-clickhouse-query-id") or None,
        session_id=values.get("session_id") or None,
        session_timeout=_session_timeout(values.get("session_timeout")),
        session_check=_flag(values.get("session_check")),
        close_session=_flag(values.get("close_session")),
        wait_end_of_query=_flag(values.get("wait_end_of_query")),
        settings=_settings(values),
        parameters={name[6:]: value for name, value in values.items() if name.startswith("param_")},
        body_coding=_body_coding(headers.get("content-encoding", "")),
        answer_coding=_answer_coding(values, headers.get("accept-encoding", "")),
        multipart_boundary=_boundary(headers.get("content-type", "")),
    )


def _flag(value: str | None) -> bool:
    return (value or "").strip().lower() in ("1", "true", "yes", "on")


def _session_timeout(value: str | None) -> int:
    if value is None:
        return DEFAULT_SESSION_TIMEOUT
    if not value.isascii() or not value.isdigit():
        raise ClickHouseError(36, f"Invalid session timeout: '{value}'")
    if int(value) > MAX_SESSION_TIMEOUT:
        raise ClickHouseError(
            36, f"Session timeout '{value}' is larger than max_session_timeout: {MAX_SESSION_TIMEOUT}"
        )
    return int(value)


def _settings(values: Mapping[str, str]) -> dict[str, str]:
    settings = {}
    for name, value in values.items():
        if name in _INTERFACE_PARAMETERS or name.startswith("param_"):
            continue
        if not _SETTING_NAME.match(name):
            raise ClickHouseError(115, f"Unknown setting '{name}'", "UNKNOWN_SETTING")
        settings[name] = value
    return settings


def _body_coding(header: str) -> str:
    coding = header.strip().lower().removeprefix("x-")
    if coding in ("", "identity"):
        return ""
    if coding not in _CODINGS:
        raise ClickHouseError(48, f"Unknown Content-Encoding '{coding}': use one of {', '.join(_CODINGS)}")
    return coding


def _answer_coding(values: Mapping[str, str], header: str) -> str:
    if not _flag(values.get("enable_http_compression")):
        return ""
    offered = {part.split(";")[0].strip().lower() for part in header.split(",") if not _refused(part)}
    return next((coding for coding in _CODINGS if coding in offered), "")


def _refused(part: str) -> bool:
    return re.search(r";\s*q=0(\.0*)?\s*$", part) is not None


def _boundary(content_type: str) -> str | None:
    if not content_type.lower().startswith("multipart/form-data"):
        return None
    match = re.search(r'boundary="?([^";]+)"?', content_type)
    return match[1] if match else None


@dataclass(frozen=True, slots=True)
class Login:
    """Who asks. An empty user means that the request named none."""

    user: str
    password: str


def parse_login(query_string: bytes, headers: Mapping[str, str]) -> Login:
    """Credentials from `X-ClickHouse-User`/`-Key`, `Authorization: Basic`, or `user`/`password` of the address."""
    values = dict(parse_parameters(query_string))
    basic = headers.get("authorization", "")
    key_user = headers.get("x-clickhouse-user", "")
    key = headers.get("x-clickhouse-key", "")
    given = [bool(key_user or key), bool(basic), "user" in values or "password" in values]
    if sum(given) > 1:
        raise ClickHouseError(
            AUTHENTICATION_FAILED,
            "Invalid authentication: it is not allowed to use two ways of login at the same time",
        )
    if basic:
        return _basic(basic)
    if given[0]:
        return Login(unquote(key_user), key)
    return Login(values.get("user", ""), values.get("password", ""))


def _basic(header: str) -> Login:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise ClickHouseError(
            AUTHENTICATION_FAILED, f"Invalid authentication: '{scheme[:20]}' is not supported, use Basic"
        )
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode("utf-8", "surrogateescape")
    except (binascii.Error, ValueError):
        raise ClickHouseError(
            AUTHENTICATION_FAILED, "Invalid authentication: the Basic header is not base64"
        ) from None
    user, _, password = decoded.partition(":")
    return Login(user, password)
