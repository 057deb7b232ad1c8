"""Files and batches of the stand-in, through the `openai` package."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import openai  # noqa: TID253 - it is what users ask with
import pytest
from openai.types import Batch, FileObject  # noqa: TID253

from upbeat.sandbox import llm_batch_lines
from upbeat.sandbox.app import Sandbox

from .llm_calls import AZURE, OPENAI, azure_client, http_client, openai_client, question

URL = "/v1/chat/completions"
Client = openai.AsyncOpenAI | openai.AsyncAzureOpenAI


def line(custom_id: str, *, url: str = URL, model: str = "gpt-4.1-mini", **change: Any) -> dict[str, Any]:
    body = question(custom_id, model=model)
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": body, **change}


def encoded(lines: list[Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in lines)


async def upload(client: Client, content: bytes, filename: str = "in.jsonl") -> FileObject:
    return await client.files.create(file=(filename, content), purpose="batch")


async def ended(client: Client, batch: Batch) -> Batch:
    async with asyncio.timeout(60):
        while batch.status not in ("completed", "failed", "expired", "cancelled"):
            await asyncio.sleep(0.005)
            batch = await client.batches.retrieve(batch.id)
    return batch


async def run(client: Client, content: bytes, url: Any = URL) -> Batch:
    uploaded = await upload(client, content)
    batch = await client.batches.create(
        input_file_id=uploaded.id, endpoint=url, completion_window="24h", metadata={"run": "1"}
    )
    assert batch.status == "validating"
    return await ended(client, batch)


async def rows(client: Client, file_id: str | None) -> list[dict[str, Any]]:
    if file_id is None:
        return []
    return [json.loads(text) for text in (await client.files.content(file_id)).text.splitlines()]


@pytest.fixture(autouse=True)
def _at_once(sandbox: Sandbox) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"batch_seconds": 0})


@pytest.mark.parametrize("api", ["openai", "azure"])
async def test_every_line_of_a_batch_is_answered_once_in_another_order(sandbox: Sandbox, api: str) -> None:
    client = openai_client(sandbox) if api == "openai" else azure_client(sandbox)
    url, model = (URL, "gpt-4.1-mini") if api == "openai" else ("/chat/completions", "enrich")
    asked = [f"row{place}" for place in range(60)]
    batch = await run(client, encoded([line(name, url=url, model=model) for name in asked]), url)
    assert batch.status == "completed"
    assert batch.request_counts is not None
    assert batch.request_counts.model_dump() == {"total": 60, "completed": 60, "failed": 0}
    assert batch.metadata == {"run": "1"}
    assert batch.error_file_id is None
    answered = await rows(client, batch.output_file_id)
    assert [row["custom_id"] for row in answered] != asked
    assert sorted(row["custom_id"] for row in answered) == sorted(asked)
    assert {row["response"]["status_code"] for row in answered} == {200}
    one = next(row["response"]["body"] for row in answered if row["custom_id"] == "row7")
    direct = await client.chat.completions.create(**question("row7", model=model))
    assert one["choices"][0]["message"]["content"] == direct.choices[0].message.content
    counted = sandbox.llm.counts.listed(mode="batch")
    assert counted["total"] == 60


async def test_lines_that_the_model_refuses_stand_in_the_error_file(sandbox: Sandbox) -> None:
    client = openai_client(sandbox)
    batch = await run(client, encoded([line("good"), line("bad", model="gpt-9"), line("empty", body={})]))
    assert batch.status == "completed"
    assert [row["custom_id"] for row in await rows(client, batch.output_file_id)] == ["good"]
    errors = {row["custom_id"]: row["response"] for row in await rows(client, batch.error_file_id)}
    assert errors["bad"]["status_code"] == 404
    assert errors["bad"]["body"]["error"]["code"] == "model_not_found"
    assert errors["empty"]["status_code"] == 400


async def test_a_share_of_lines_goes_to_the_error_file_unpaid_and_not_the_same_next_time(
    sandbox: Sandbox,
) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"batch_error_share": 0.3})
    client, content = openai_client(sandbox), encoded([line(f"row{place}") for place in range(100)])
    failed = []
    for _ in range(2):
        batch = await run(client, content)
        errors = await rows(client, batch.error_file_id)
        assert 15 <= len(errors) <= 45
        assert {row["response"] is None for row in errors} == {True, False}
        failed.append({row["custom_id"] for row in errors})
    assert failed[0] != failed[1]
    assert sandbox.llm.counts.listed()["total"] == 200 - len(failed[0]) - len(failed[1])


async def test_a_file_with_wrong_lines_fails_the_batch_and_says_where(sandbox: Sandbox) -> None:
    content = encoded(
        [line("a"), line("a"), {"custom_id": "b"}, line("c", url="/v1/embeddings"), line("d", method="GET")]
    )
    batch = await run(openai_client(sandbox), content + b"no json\n")
    assert batch.status == "failed"
    assert batch.errors is not None
    found = {(problem.code, problem.line) for problem in batch.errors.data or []}
    assert found == {
        ("duplicate_custom_id", 2),
        ("missing_required_parameter", 3),
        ("invalid_url", 4),
        ("invalid_method", 5),
        ("invalid_json_line", 6),
    }
    assert sandbox.llm.counts.listed()["total"] == 0


async def test_a_batch_takes_fifty_thousand_requests_and_no_more(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert llm_batch_lines.MAX_REQUESTS == 50_000
    monkeypatch.setattr(llm_batch_lines, "MAX_REQUESTS", 3)
    client = openai_client(sandbox)
    assert (await run(client, encoded([line(f"r{place}") for place in range(3)]))).status == "completed"
    batch = await run(client, encoded([line(f"r{place}") for place in range(4)]))
    assert batch.errors is not None
    assert [problem.code for problem in batch.errors.data or []] == ["too_many_tasks"]


async def test_a_batch_can_be_told_to_fail_or_to_expire_halfway(sandbox: Sandbox) -> None:
    client, content = openai_client(sandbox), encoded([line(f"row{place}") for place in range(20)])
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"batch_fate": "failed"})
    failed = await run(client, content)
    assert (failed.status, failed.output_file_id) == ("failed", None)
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"batch_fate": "expired"})
    expired = await run(client, content)
    assert expired.status == "expired"
    assert len(await rows(client, expired.output_file_id)) == 10
    left = await rows(client, expired.error_file_id)
    assert {row["error"]["code"] for row in left} == {"batch_expired"}
    assert len(left) == 10
    assert sandbox.llm.counts.listed()["total"] == 10


async def test_a_batch_that_takes_its_time_can_be_cancelled(sandbox: Sandbox) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"batch_seconds": 3_600})
    client = openai_client(sandbox)
    uploaded = await upload(client, encoded([line(f"row{place}") for place in range(20)]))
    batch = await client.batches.create(input_file_id=uploaded.id, endpoint=URL, completion_window="24h")
    await asyncio.sleep(0.01)
    assert (await client.batches.retrieve(batch.id)).status == "validating"
    assert (await client.batches.cancel(batch.id)).status == "cancelling"
    over = await ended(client, batch)
    assert over.status == "cancelled"
    assert over.cancelled_at is not None
    with pytest.raises(openai.ConflictError):
        await client.batches.cancel(batch.id)


async def test_a_batch_passes_through_all_its_states(sandbox: Sandbox) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"batch_seconds": 0.5})
    client = openai_client(sandbox)
    uploaded = await upload(client, encoded([line(f"row{place}") for place in range(60)]))
    batch = await client.batches.create(input_file_id=uploaded.id, endpoint=URL, completion_window="24h")
    over = await ended(client, batch)
    moments = [over.created_at, over.in_progress_at, over.finalizing_at, over.completed_at]
    assert None not in moments
    assert moments == sorted(moment for moment in moments if moment is not None)
    assert over.expires_at == over.created_at + 86_400


async def test_files_are_kept_read_listed_and_deleted(sandbox: Sandbox) -> None:
    client = openai_client(sandbox)
    large = b'{"x": "' + b"y" * (3 * 2**20) + b'"}\n'
    stored = await upload(client, large)
    assert (stored.bytes, stored.purpose, stored.filename) == (len(large), "batch", "in.jsonl")
    assert (await client.files.content(stored.id)).content == large
    assert [found.id async for found in client.files.list()] == [stored.id]
    assert (await client.files.retrieve(stored.id)).id == stored.id
    assert (await client.files.delete(stored.id)).deleted
    with pytest.raises(openai.NotFoundError):
        await client.files.content(stored.id)
    with pytest.raises(openai.NotFoundError):
        await azure_client(sandbox).batches.retrieve("batch_of_nobody")


async def test_a_files_content_can_be_cut_and_other_damages_leave_it(sandbox: Sandbox) -> None:
    client, content = openai_client(sandbox), encoded([line("a"), line("b")])
    stored = await upload(client, content)
    for fault in ({"fault": "drop_field", "field": "body"}, {"fault": "broken_body"}):
        order = {"source": "openai", "times": 1, **fault}
        assert (await http_client(sandbox).post("/_sandbox/faults", json=order)).status_code == 201
    assert (await client.files.content(stored.id)).content == content
    assert (await client.files.content(stored.id)).content == content[: len(content) // 2]


async def test_a_batch_goes_on_when_its_input_is_deleted(sandbox: Sandbox) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"batch_seconds": 0.2})
    client = openai_client(sandbox)
    uploaded = await upload(client, encoded([line(f"row{place}") for place in range(30)]))
    batch = await client.batches.create(input_file_id=uploaded.id, endpoint=URL, completion_window="24h")
    await client.files.delete(uploaded.id)
    over = await ended(client, batch)
    assert over.status == "completed"
    assert len(await rows(client, over.output_file_id)) == 30


async def test_pages_of_files_and_batches_follow_each_other(sandbox: Sandbox) -> None:
    client = openai_client(sandbox)
    made = [(await upload(client, encoded([line("a")]))).id for _ in range(5)]
    assert [found.id async for found in client.files.list(limit=2)] == made[::-1]
    for id in made:
        await client.batches.create(input_file_id=id, endpoint=URL, completion_window="24h")
    page = await client.batches.list(limit=2)
    assert page.has_more
    assert len([found async for found in client.batches.list(limit=2)]) == 5


async def test_what_is_no_batch_is_refused_at_the_door(sandbox: Sandbox) -> None:
    client, http, key = openai_client(sandbox), http_client(sandbox), {"authorization": "Bearer x"}
    for wrong in (
        {"input_file_id": "file-none"},
        {"endpoint": "/v1/embeddings"},
        {"completion_window": "1h"},
    ):
        uploaded = await upload(client, encoded([line("a")]))
        about = {"input_file_id": uploaded.id, "endpoint": URL, "completion_window": "24h", **wrong}
        with pytest.raises(openai.BadRequestError) as caught:
            await client.batches.create(**about)  # type: ignore[arg-type]
        assert caught.value.param == next(iter(wrong))
    for files, data in (
        ({}, {"purpose": "batch"}),
        ({"file": ("a.txt", b"x")}, {"purpose": "batch"}),
        ({"file": ("a.jsonl", b"x")}, {"purpose": "fun"}),
    ):
        answer = await http.post(
            f"{OPENAI}/files", data=data, files=files or {"other": (None, b"")}, headers=key
        )
        assert answer.status_code == 400
    too_large = await http.post(
        f"{AZURE}/openai/files?api-version=2024-10-21", json={}, headers={"api-key": "x"}
    )
    assert too_large.status_code == 400


async def test_an_upload_beyond_the_bound_is_refused(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sandbox.upstreams["api.openai.com"], "max_upload", 1_000)
    with pytest.raises(openai.APIStatusError) as caught:
        await upload(openai_client(sandbox), b"x" * 2_000)
    assert caught.value.status_code == 413


async def test_a_reset_forgets_files_and_ends_batches(sandbox: Sandbox) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"batch_seconds": 3_600})
    client = openai_client(sandbox)
    uploaded = await upload(client, encoded([line("a")]))
    batch = await client.batches.create(input_file_id=uploaded.id, endpoint=URL, completion_window="24h")
    await http_client(sandbox).delete("/_sandbox/llm")
    for call in (client.files.retrieve(uploaded.id), client.batches.retrieve(batch.id)):
        with pytest.raises(openai.NotFoundError):
            await call
