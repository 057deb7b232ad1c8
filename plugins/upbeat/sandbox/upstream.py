"""What a stand-in for one upstream API is made of; `app` does the rest (faults, login, limits, caching)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO, ClassVar

import orjson

from upbeat.sandbox.credential_states import CredentialStates
from upbeat.sandbox.limits import Limit, Usage
from upbeat.sandbox.world import World

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class Upload:
    """A form with one file, which lies in temporary storage when it is large. `size` is in bytes."""

    fields: Mapping[str, str]
    filename: str
    file: BinaryIO | None
    size: int


@dataclass(frozen=True, slots=True)
class Request:
    """One request as a stand-in sees it. `path` is the part after the host name, `headers` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    body: bytes = b""
    host: str = ""
    upload: Upload | None = None
    """What a POST brought as `multipart/form-data`; then `body` is empty."""

    def json(self) -> dict[str, Any]:
        """The object in the body of a POST; empty for anything else."""
        try:
            document = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return document if isinstance(document, dict) else {}


@dataclass(frozen=True, slots=True)
class Drip:
    """A body that does not say how long it is: `piece`, so many `times`, with `seconds` between them."""

    piece: bytes
    times: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: status, JSON body, further headers. It is sent after `delay` seconds; of a `file` the content is the body, or a `drip`."""

    status: int
    body: bytes
    headers: Headers = ()
    delay: float = 0.0
    file: BinaryIO | None = None
    drip: Drip | None = None

    def with_headers(self, further: Headers) -> Answer:
        """The same with further headers."""
        return replace(self, headers=self.headers + further)


def json_answer(body: Any, status: int = 200, headers: Headers = ()) -> Answer:
    """An answer with `body` as JSON."""
    return Answer(status, orjson.dumps(body), headers)


@dataclass(frozen=True, slots=True)
class ShippedCredential:
    """A credential that the sandbox takes, as `upbeat credentials add` would store it. It opens nothing elsewhere."""

    source: str
    secrets: Mapping[str, str]
    handle: str | None = None


class Upstream(ABC):
    """One upstream API. `name` is the source's name in the crawlers' registry, `host` its real host name.

    `*.example.com` stands for every host below `example.com`; `Request.host` says which one was asked.
    """

    name: str
    host: str
    limit: Limit
    """The limit that the real API enforces, for each credential alone."""
    credentials: tuple[str, ...] = ()
    """The made-up credentials that are accepted; empty when none is needed."""
    secret_parameters: frozenset[str] = frozenset()
    """Query parameters that bear the credential."""
    is_stateful: bool = False
    """Whether answers depend on what was asked before: such are not kept."""
    methods: ClassVar[frozenset[str]] = frozenset({"GET", "POST"})
    max_body: int = 2**20
    """Bytes of a POST that are kept."""
    max_upload: int = 0
    """Bytes that a POST of `multipart/form-data` may have; 0 for an API that takes no files."""

    def shipped(self, credential: str) -> ShippedCredential:
        """One of `credentials` as a collector stores it."""
        return ShippedCredential(self.name, {"key": credential})

    @abstractmethod
    def credential(self, request: Request) -> str:
        """What the request bears as its credential; empty for none."""

    @abstractmethod
    def subject(self, request: Request, world: World) -> str:
        """The handle or shortcode that the request asks about; empty for none."""

    @abstractmethod
    def answer(self, request: Request, world: World) -> Answer:
        """The answer to a request that may be served. It is kept until the world changes, per credential."""

    @abstractmethod
    def refused(self, request: Request, state: str) -> Answer:
        """The answer to a credential that is `missing`, `unknown`, `expired` or `revoked`."""

    @abstractmethod
    def throttled(self, usage: Usage) -> Answer:
        """The answer when the limit is used up."""

    @abstractmethod
    def failed(self) -> Answer:
        """The answer to everything when the API itself fails."""

    def cost(self, request: Request) -> int:
        """What a request takes of the limit."""
        return 1

    def usage_headers(self, usage: Usage) -> Headers:
        """Headers that tell how much of the limit is used."""
        return ()

    def inspect(self, request: Request, states: CredentialStates) -> Answer | None:
        """The answer to a request about a credential, which is outside the limit; None for any other request."""
        return None
