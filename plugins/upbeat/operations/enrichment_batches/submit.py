"""Sends planned batches to the provider. A run that was killed on the way is taken up where it was: nothing is sent twice."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from upbeat.enrichment.batches.api import ProviderBatch
from upbeat.enrichment.batches.lines import custom_id_of, request_line
from upbeat.enrichment.request import request_body
from upbeat.errors import DropError
from upbeat.failpoints import failpoint
from upbeat.logs import get_logger
from upbeat.operations.enrichment_batches.questions import Prompts, questions_of
from upbeat.operations.enrichment_batches.store import SQL, Batches, StoredBatch, rows

PAGE = 500
CHANGED = "the question changed before it was sent: it is planned anew"

log = get_logger("operations.enrichment_batches")


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """What became of the planned batches, by their keys. `refused` will never be sent: their questions are planned anew."""

    sent: list[str]
    refused: list[str]
    elsewhere: list[str]


async def submit(batches: Batches) -> Submitted:
    """Send what is planned.

    Raises:
        BackOffError: the provider is overloaded or away: the next run goes on.
        AccessRefusedError: it refuses the key.
        StoreUnavailableError: Postgres does not answer.
    """
    ended = Submitted(sent=[], refused=[], elsewhere=[])
    for planned in await batches.open():
        if planned.provider_id is not None:
            continue
        async with batches.moving(planned.batch_key) as batch:
            if batch is None:
                ended.elsewhere.append(planned.batch_key)
            elif batch.provider_id is None:
                is_sent = await _submit(batches, batch)
                (ended.sent if is_sent else ended.refused).append(batch.batch_key)
    return ended


async def _submit(batches: Batches, batch: StoredBatch) -> bool:
    """Whether the provider has the batch now."""
    try:
        made = await batches.api.find(batch.batch_key, since=batch.created_at)
        if made is None:
            made = await _make(batches, batch)
    except DropError as error:
        await give_up(batches, batch.batch_key, str(error))
        return False
    if made is None:
        await give_up(batches, batch.batch_key, "none of its questions was left to send")
        return False
    failpoint("enrichment_batch_created")
    await batches.note(batch.batch_key, made)
    failpoint("enrichment_batch_submitted")
    log.info("batch sent", batch=batch.batch_key, provider_id=made.id, requests=batch.requests)
    return True


async def _make(batches: Batches, batch: StoredBatch) -> ProviderBatch | None:
    """Uploads the file unless that was done before, and makes the batch; None where no question is left."""
    file_id = batch.input_file_id
    if file_id is None:
        file_id = await _upload(batches, batch.batch_key)
        if file_id is None:
            return None
        failpoint("enrichment_batch_uploaded")
        await batches.execute("note_file", {"batch_key": batch.batch_key, "file_id": file_id})
        failpoint("enrichment_batch_file_noted")
    return await batches.api.create(file_id, batch.batch_key)


async def _upload(batches: Batches, batch_key: str) -> str | None:
    with tempfile.TemporaryDirectory(prefix="upbeat-batch-") as folder:
        path = Path(folder) / "batch.jsonl"
        with path.open("wb") as file:
            written = await _write_lines(batches, batch_key, file)
        failpoint("enrichment_batch_file_written")
        return await batches.api.upload(path, f"{batch_key}.jsonl") if written else None


async def _write_lines(batches: Batches, batch_key: str, file: BinaryIO) -> int:
    """One line for each call, page by page. A call whose question is another by now ends here; its reservation is given back."""
    prompts, after, written = Prompts(), 0, 0
    while True:
        async with batches.connection() as connection:
            given = {"batch_key": batch_key, "after": after, "page": PAGE}
            calls = await rows(connection, "open_calls_after", given)
            questions = await questions_of(connection, prompts, calls)
        if not calls:
            return written
        after = calls[-1]["call_id"]
        for call_id, question in sorted(questions.items()):
            wire_model = batches.api.provider.wire_model(question.key.model)
            body = request_body(question, wire_model=wire_model)
            file.write(request_line(custom_id_of(call_id), body, batches.api.url))
        written += len(questions)
        if changed := [call["call_id"] for call in calls if call["call_id"] not in questions]:
            await batches.ledger.fail(*changed, problem=CHANGED)


async def give_up(batches: Batches, batch_key: str, problem: str) -> None:
    """End a batch that the provider never made, in one transaction: all that it reserved is given back."""
    async with batches.connection() as connection, connection.transaction():
        while page := await rows(connection, "unanswered", {"batch_key": batch_key, "page": 5_000}):
            await batches.ledger.end_within(connection, [row["call_id"] for row in page], "failed", problem)
        await connection.execute(SQL["note_failed"].encode(), {"batch_key": batch_key, "problem": problem})
    log.warning("batch given up", batch=batch_key, problem=problem)
