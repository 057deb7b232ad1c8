"""What the APIs of the language model have in common: who asks, chat completions, files, batches, headers."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Any, ClassVar, Self

import orjson

from upbeat.sandbox.credential_states import CredentialStates
from upbeat.sandbox.limits import Limit, Usage
from upbeat.sandbox.llm_batches import BatchStore, answer_batches
from upbeat.sandbox.llm_errors import ApiError, rate_limited, written_time
from upbeat.sandbox.llm_files import FileStore, answer_files
from upbeat.sandbox.llm_model import LanguageModel
from upbeat.sandbox.llm_request import ChatRequest, find_subject, read_request
from upbeat.sandbox.upstream import Answer, Headers, Request, Upstream, json_answer
from upbeat.sandbox.world import World

NOMINAL_REQUESTS, NOMINAL_TOKENS = 30_000, 150_000_000
"""What the headers tell a minute while no limit is set."""


class LlmUpstream(Upstream):
    """One API. The module's own serves nobody until it is `opened` with a model."""

    limit = Limit(None, 60.0)
    is_stateful = True
    max_body = 2**23
    max_upload = 2**28
    methods: ClassVar[frozenset[str]] = frozenset({"GET", "POST", "DELETE"})

    def __init__(self, model: LanguageModel | None = None) -> None:
        self._opened = model
        self._requests = 0
        self._files = FileStore(f"{self.name}-{model.process}" if model is not None else "")
        self._batches = BatchStore(model, self._files) if model is not None else None

    def opened(self, model: LanguageModel) -> Self:
        """This API, served by a model."""
        return type(self)(model)

    @property
    def model(self) -> LanguageModel:
        """The model that answers."""
        assert self._opened is not None, "not opened"
        return self._opened

    def clear(self) -> None:
        """No files and no batches."""
        self._files.clear()
        if self._batches is not None:
            self._batches.clear()

    def credential(self, request: Request) -> str:
        """The header `api-key`, else `Authorization: Bearer`. Any is taken."""
        key = request.headers.get(b"api-key") or request.headers.get(b"authorization", b"")
        return key.decode("latin-1").removeprefix("Bearer ").strip()

    def inspect(self, request: Request, states: CredentialStates) -> Answer | None:
        """A request without a key is refused."""
        return None if self.credential(request) else self.refused(request, "missing")

    def subject(self, request: Request, world: World) -> str:
        """The handle in the first user message of a chat completion."""
        if request.method != "POST" or not request.path.endswith("/chat/completions"):
            return ""
        messages = request.json().get("messages")
        for message in messages if isinstance(messages, list) else ():
            if isinstance(message, dict) and message.get("role") == "user":
                content = message.get("content")
                return find_subject(content).handle if isinstance(content, str) else ""
        return ""

    def answer(self, request: Request, world: World) -> Answer:
        """The answer with the usual headers, whatever it is."""
        try:
            return self._headed(self.respond(request))
        except ApiError as error:
            return self._error(error)

    @abstractmethod
    def respond(self, request: Request) -> Answer:
        """The answer of one operation. Raises `ApiError`."""

    @abstractmethod
    def error_body(self, error: ApiError) -> dict[str, Any]:
        """An error in this API's words."""

    def throttled(self, usage: Usage) -> Answer:
        """429 as for a budget that is used up."""
        return self._error(rate_limited("this model", usage.reset_after))

    def failed(self) -> Answer:
        """500."""
        text = "The server had an error while processing your request. Sorry about that!"
        return self._error(ApiError(500, text, type="server_error"))

    def _chat(self, request: Request, model: str | None = None) -> Answer:
        """A chat completion."""
        asked = self._read_chat(request.body, model)
        self.model.admit(asked)
        body = self.finished(self.model.complete(asked, source=self.name))
        delay = self.model.latency()
        headers = ((b"openai-processing-ms", str(round(delay * 1000) + 1).encode()), *self._budget(asked))
        return Answer(200, orjson.dumps(body), headers, delay=delay)

    def _read_chat(self, body: bytes, model: str | None) -> ChatRequest:
        try:
            return read_request(orjson.loads(body), model)
        except orjson.JSONDecodeError:
            return read_request(None)

    def _files_and_batches(self, request: Request, path: str) -> Answer | None:
        """The answer of an operation on files or batches; None for any other."""
        if (found := FILE_PATH.fullmatch(path)) is not None:
            now = self.model.wall_clock()
            return answer_files(
                self._files, self.name, request, found["id"], found["content"] is not None, now
            )
        if (found := BATCH_PATH.fullmatch(path)) is not None and self._batches is not None:
            return answer_batches(self._batches, self, request, found["id"], found["cancel"] is not None)
        return None

    @abstractmethod
    def batch_urls(self, endpoint: str) -> frozenset[str]:
        """The paths that stand for an endpoint in the lines of a batch's file; none for one that is not supported."""

    def execute(self, body: Any) -> dict[str, Any]:
        """The completion for a line of a batch. Raises `ApiError`."""
        asked = read_request(body, self.model_named(body))
        return self.finished(self.model.complete(asked, source=self.name, mode="batch"))

    def model_named(self, body: Any) -> str | None:
        """The model that a line's body means; None: the one that it names."""
        return None

    def finished(self, body: dict[str, Any]) -> dict[str, Any]:
        """A completion's body as this API has it."""
        return body

    def _budget(self, asked: ChatRequest) -> Headers:
        """The x-ratelimit-* headers."""
        behaviour, rates = self.model.behaviour, self.model.rates(asked.model)
        told: list[tuple[bytes, bytes]] = []
        for unit, limit, nominal in (
            ("requests", behaviour.requests_per_minute, NOMINAL_REQUESTS),
            ("tokens", behaviour.tokens_per_minute, NOMINAL_TOKENS),
        ):
            per_minute = limit or nominal
            left, full_in = rates.left(unit, per_minute) if limit else (nominal - 1, 60 / nominal)
            for name, value in (("limit", per_minute), ("remaining", left), ("reset", written_time(full_in))):
                told.append((f"x-ratelimit-{name}-{unit}".encode(), str(value).encode()))
        return tuple(told)

    def _error(self, error: ApiError) -> Answer:
        return self._headed(json_answer(self.error_body(error), error.status, error.headers))

    def _headed(self, answer: Answer) -> Answer:
        self._requests += 1
        request_id = (b"x-request-id", f"req_{self.model.process}{self._requests:08d}".encode())
        return answer.with_headers((request_id, (b"openai-version", b"2020-10-01")))


def unknown_path(request: Request) -> ApiError:
    """404 for a path that this API does not have."""
    return ApiError(404, f"Invalid URL ({request.method} {request.path})")


FILE_PATH = re.compile(r"/files(?:/(?P<id>[\w-]+)(?P<content>/content)?)?")
BATCH_PATH = re.compile(r"/batches(?:/(?P<id>[\w-]+)(?P<cancel>/cancel)?)?")
