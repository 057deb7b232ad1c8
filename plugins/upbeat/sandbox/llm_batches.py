"""The Batch API: a batch runs beside the requests that are served, and is answered at its own pace."""

from __future__ import annotations

import asyncio
import random
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Protocol, cast

from upbeat.sandbox.llm_batch_lines import (
    MAX_BYTES,
    MAX_PROBLEMS,
    BatchRequest,
    LineProblem,
    answered_line,
    body_of,
    read_requests,
    unanswered_line,
)
from upbeat.sandbox.llm_draws import share
from upbeat.sandbox.llm_errors import ApiError, invalid
from upbeat.sandbox.llm_files import FileStore, StoredFile, line_at, lines_of, page_of
from upbeat.sandbox.llm_model import LanguageModel
from upbeat.sandbox.upstream import Answer, Request, json_answer

SLICE = 25
"""Lines that are worked off before others are served again."""
DAY = 86_400
ENDED = frozenset({"completed", "failed", "expired", "cancelled"})
_MOMENTS = (
    "in_progress", "expires", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled",
)  # fmt: skip


class Api(Protocol):
    """What a batch needs of the API that it was given to."""

    name: str

    def batch_urls(self, endpoint: str) -> frozenset[str]:
        """The paths that stand for an endpoint in the lines of a file; none for one that is not supported."""

    def execute(self, body: Any) -> dict[str, Any]:
        """The completion for a line's body."""

    def error_body(self, error: ApiError) -> dict[str, Any]:
        """An error in this API's words."""


@dataclass(slots=True, kw_only=True)
class Batch:
    """One batch as it stands. `number` counts them, the same in each run; `moments` are Unix seconds by name, without `_at`."""

    id: str
    number: int
    source: str
    endpoint: str
    input_file: StoredFile
    metadata: dict[str, str] | None
    created_at: int
    status: str = "validating"
    moments: dict[str, int] = field(default_factory=dict)
    problems: list[LineProblem] = field(default_factory=list)
    total: int = 0
    completed: int = 0
    failed: int = 0
    output_file_id: str | None = None
    error_file_id: str | None = None
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    def body(self) -> dict[str, Any]:
        """As the API tells it."""
        errors = {"object": "list", "data": [problem.body() for problem in self.problems]}
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.endpoint,
            "errors": errors if self.problems else None,
            "input_file_id": self.input_file.id,
            "completion_window": "24h",
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": self.created_at,
            **{f"{name}_at": self.moments.get(name) for name in _MOMENTS},
            "request_counts": {"total": self.total, "completed": self.completed, "failed": self.failed},
            "metadata": self.metadata,
        }


class BatchStore:
    """The batches by id; each API sees its own."""

    def __init__(self, model: LanguageModel, files: FileStore) -> None:
        self._model = model
        self._files = files
        self._batches: dict[str, Batch] = {}
        self._made = 0

    def create(self, api: Api, request: Request) -> Batch:
        """`POST /batches`: the batch begins at once. Raises `ApiError` for what the API refuses at the door."""
        wanted = request.json()
        for name in ("input_file_id", "endpoint", "completion_window"):
            if not isinstance(wanted.get(name), str):
                raise invalid(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
        if wanted["completion_window"] != "24h":
            text = f"Invalid value: '{wanted['completion_window']}'. Supported values are: '24h'."
            raise invalid(text, "completion_window", "invalid_value")
        urls = api.batch_urls(wanted["endpoint"])
        if not urls:
            text = f"Invalid value: '{wanted['endpoint']}'. Supported values are: '/v1/chat/completions'."
            raise invalid(text, "endpoint", "invalid_value")
        input_file = self._input_file(api, wanted["input_file_id"])
        now = int(self._model.wall_clock())
        self._made += 1
        batch = Batch(
            id=f"batch_{self._files.process}{self._made:08d}",
            number=self._made,
            source=api.name,
            endpoint=wanted["endpoint"],
            input_file=input_file,
            metadata=_metadata(wanted.get("metadata")),
            created_at=now,
            moments={"expires": now + DAY},
        )
        self._batches[batch.id] = batch
        run = _Run(batch, api, self._model, self._files, urls)
        batch.task = asyncio.get_running_loop().create_task(run.go())
        return batch

    def _input_file(self, api: Api, id: str) -> StoredFile:
        try:
            stored = self._files.get(api.name, id)
        except ApiError:
            text = f"Invalid 'input_file_id': no such file: {id}"
            raise invalid(text, "input_file_id", "invalid_value") from None
        if stored.purpose != "batch":
            raise invalid(
                "Invalid 'input_file_id': its purpose must be 'batch'.", "input_file_id", "invalid_purpose"
            )
        return stored

    def get(self, source: str, id: str) -> Batch:
        """A batch. Raises `ApiError` (404) for one that is not there."""
        batch = self._batches.get(id)
        if batch is None or batch.source != source:
            raise ApiError(404, f"No batch found with id '{id}'.")
        return batch

    def cancel(self, source: str, id: str) -> Batch:
        """`POST /batches/{id}/cancel`: what is answered stays. Raises `ApiError` for one that has ended."""
        batch = self.get(source, id)
        if batch.status in ENDED:
            raise ApiError(409, f"Cannot cancel a batch with status '{batch.status}'.")
        if batch.status != "cancelling":
            batch.cancelled.set()
            batch.status = "cancelling"
            batch.moments["cancelling"] = int(self._model.wall_clock())
        return batch

    def listed(self, source: str) -> list[Batch]:
        """The batches of an API, newest first."""
        return [batch for batch in reversed(self._batches.values()) if batch.source == source]

    def clear(self) -> None:
        """End and forget all."""
        for batch in self._batches.values():
            if batch.task is not None:
                batch.task.cancel()
        self._batches.clear()


def _metadata(value: Any) -> dict[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict) or len(value) > 16 or not all(isinstance(v, str) for v in value.values()):
        raise invalid("Invalid 'metadata': at most 16 pairs of texts.", "metadata", "invalid_type")
    return value


class _Run:
    """Works one batch off: validating, in_progress, finalizing take a tenth, eight tenths, a tenth of its time."""

    def __init__(
        self, batch: Batch, api: Api, model: LanguageModel, files: FileStore, urls: frozenset[str]
    ) -> None:
        self._batch, self._api, self._model, self._files, self._urls = batch, api, model, files, urls
        self._behaviour = model.behaviour
        self._began = asyncio.get_running_loop().time()
        self._output = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - kept as the output file
        self._errors = cast(BinaryIO, tempfile.TemporaryFile())  # noqa: SIM115 - kept as the error file
        self._lines = 0

    async def go(self) -> None:
        """From the first look to the last file."""
        requests = await self._validate()
        await self._until(0.1)
        if self._is_cancelled():
            return self._end("cancelled")
        if self._batch.problems:
            return self._end("failed")
        self._enter("in_progress")
        is_whole = await self._answer(requests)
        if self._is_cancelled():
            return self._end("cancelled")
        if not is_whole:
            return self._end("expired")
        self._enter("finalizing")
        await self._until(1.0)
        return self._end("completed")

    async def _validate(self) -> list[BatchRequest]:
        batch, found = self._batch, list[BatchRequest]()
        if batch.input_file.size > MAX_BYTES:
            text = f"The batch input file is larger than the limit of {MAX_BYTES} bytes."
            batch.problems.append(LineProblem("file_too_large", text))
            return found
        for number, read in enumerate(read_requests(lines_of(batch.input_file.content), self._urls)):
            if isinstance(read, LineProblem):
                batch.problems.append(read)
            else:
                found.append(read)
            if len(batch.problems) >= MAX_PROBLEMS:
                break
            if number % 1_000 == 999:
                await asyncio.sleep(0)
        if not found and not batch.problems:
            batch.problems.append(LineProblem("empty_file", "The batch input file contains no requests."))
        if self._behaviour.is_quota_used_up:
            text = "Batch creation failed: the billing hard limit has been reached."
            batch.problems.append(LineProblem("billing_hard_limit_reached", text))
        if self._behaviour.batch_fate == "failed":
            batch.problems.append(LineProblem("internal_error", "The batch failed because it was told to."))
        batch.total = len(found) if not batch.problems else 0
        return found

    async def _answer(self, requests: list[BatchRequest]) -> bool:
        """Answer the lines at the batch's pace; False when it expired halfway."""
        ordered = list(requests)
        if self._behaviour.is_batch_shuffled:
            random.Random(self._batch.number).shuffle(ordered)  # noqa: S311 - repeatable on purpose
        is_expiring = self._behaviour.batch_fate == "expired"
        answered = len(ordered) // 2 if is_expiring else len(ordered)
        for place in range(0, answered, SLICE):
            if self._is_cancelled():
                answered = place
                break
            for request in ordered[place : min(place + SLICE, answered)]:
                self._execute(request)
            await self._until(0.1 + 0.8 * (place + SLICE) / len(ordered))
        for request in ordered[answered:]:
            self._leave(request, is_expiring=is_expiring)
        return not is_expiring

    def _execute(self, request: BatchRequest) -> None:
        self._lines += 1
        id = f"batch_req_{self._batch.id[6:]}_{self._lines}"
        request_id = f"req_{self._batch.id}_{self._lines}"
        error_share = self._behaviour.batch_error_share
        drawn = share(self._behaviour.seed, str(self._batch.number), request.custom_id, "batch error")
        if drawn < error_share / 2:
            text = "The server had an error while processing your request. Sorry about that!"
            line = unanswered_line(id, request.custom_id, "server_error", text)
        elif drawn < error_share:
            body = self._api.error_body(ApiError(500, "The model is overloaded.", type="server_error"))
            line = answered_line(id, request.custom_id, 500, request_id, body)
        else:
            return self._complete(request, id, request_id)
        self._errors.write(line)
        self._batch.failed += 1
        return None

    def _complete(self, request: BatchRequest, id: str, request_id: str) -> None:
        try:
            body = self._api.execute(body_of(line_at(self._batch.input_file.content, request.place)))
        except ApiError as error:
            self._batch.failed += 1
            told = self._api.error_body(error)
            self._errors.write(answered_line(id, request.custom_id, error.status, request_id, told))
        else:
            self._batch.completed += 1
            self._output.write(answered_line(id, request.custom_id, 200, request_id, body))

    def _leave(self, request: BatchRequest, *, is_expiring: bool) -> None:
        """A line that was not come to: the error file tells it."""
        self._lines += 1
        code, text = (
            ("batch_expired", "This request could not be executed before the completion window expired.")
            if is_expiring
            else ("batch_cancelled", "This request was not executed because the batch was cancelled.")
        )
        id = f"batch_req_{self._batch.id[6:]}_{self._lines}"
        self._errors.write(unanswered_line(id, request.custom_id, code, text))
        self._batch.failed += 1

    async def _until(self, part: float) -> None:
        """Wait until so much of the batch's time is over; a cancelled one waits no longer."""
        loop = asyncio.get_running_loop()
        end = self._began + part * self._behaviour.batch_seconds
        await asyncio.sleep(0)
        if (left := end - loop.time()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._batch.cancelled.wait(), left)

    def _is_cancelled(self) -> bool:
        return self._batch.status == "cancelling"

    def _enter(self, status: str) -> None:
        self._batch.status = status
        self._batch.moments[status] = int(self._model.wall_clock())

    def _end(self, status: str) -> None:
        """Keep what was written; a file without a line is none."""
        batch = self._batch
        batch.output_file_id = self._keep(self._output, "output")
        batch.error_file_id = self._keep(self._errors, "error")
        self._enter(status)

    def _keep(self, content: BinaryIO, name: str) -> str | None:
        size = content.tell()
        if not size:
            content.close()
            return None
        filename = f"{self._batch.id}_{name}.jsonl"
        now = self._model.wall_clock()
        return self._files.add(self._api.name, filename, "batch_output", content, size, now).id


def answer_batches(
    batches: BatchStore, api: Api, request: Request, id: str | None, is_cancel: bool
) -> Answer | None:
    """The answer to one operation on `/batches`; None for a method that is none."""
    if is_cancel:
        if request.method != "POST" or id is None:
            return None
        return json_answer(batches.cancel(api.name, id).body())
    if id is not None:
        return json_answer(batches.get(api.name, id).body()) if request.method == "GET" else None
    if request.method == "POST":
        return json_answer(batches.create(api, request).body())
    return page_of(batches.listed(api.name), request, 20, 100) if request.method == "GET" else None
