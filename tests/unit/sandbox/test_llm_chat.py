"""Chat completions of the stand-in, asked with the `openai` package as a user's program would."""

from __future__ import annotations

import json
from typing import Any

import httpx
import openai  # noqa: TID253 - it is what users ask with
import pytest

from upbeat.sandbox.app import Sandbox
from upbeat.sandbox.llm_tokens import tokens_of

from .conftest import Clock
from .llm_calls import AZURE, OPENAI, SCHEMAS, azure_client, http_client, openai_client, question


async def refusal(sandbox: Sandbox, **about: Any) -> openai.APIStatusError:
    with pytest.raises(openai.APIStatusError) as caught:
        await openai_client(sandbox).chat.completions.create(**question(**about))
    return caught.value


async def test_an_answer_has_the_schemas_fields_and_the_usual_headers(sandbox: Sandbox) -> None:
    raw = await openai_client(sandbox).chat.completions.with_raw_response.create(**question("natgeo"))
    completion = raw.parse()
    told = json.loads(completion.choices[0].message.content or "")
    assert set(told) == {"gender", "confidence", "reasoning"}
    assert completion.choices[0].finish_reason == "stop"
    assert completion.model == "gpt-4.1-mini-2025-04-14"
    assert completion.system_fingerprint == "fp_sandbox"
    usage = completion.usage
    assert usage is not None
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert raw.headers["x-request-id"].startswith("req_sandbox")
    assert int(raw.headers["openai-processing-ms"]) >= 1
    limits = {f"x-ratelimit-{a}-{b}" for a in ("limit", "remaining", "reset") for b in ("requests", "tokens")}
    assert limits <= set(raw.headers)


async def test_azure_answers_by_deployment_with_what_its_filter_found(sandbox: Sandbox) -> None:
    client = azure_client(sandbox)
    for deployment in ("gpt-4.1-mini", "enrich"):
        completion = await client.chat.completions.create(**question("natgeo", model=deployment))
        assert completion.model == "gpt-4.1-mini-2025-04-14"
        extra = completion.choices[0].model_extra
        assert extra is not None
        assert extra["content_filter_results"]["hate"] == {"filtered": False, "severity": "safe"}
    direct = await openai_client(sandbox).chat.completions.create(**question("natgeo"))
    assert direct.choices[0].message.content == completion.choices[0].message.content


async def test_azure_refuses_unknown_deployments_and_old_versions(sandbox: Sandbox) -> None:
    with pytest.raises(openai.NotFoundError) as unknown:
        await azure_client(sandbox).chat.completions.create(**question(model="mine"))
    assert unknown.value.code == "DeploymentNotFound"
    with pytest.raises(openai.BadRequestError, match="2024-08-01-preview"):
        await azure_client(sandbox, "2023-05-15").chat.completions.create(**question())
    bare = await http_client(sandbox).post(
        f"{AZURE}/openai/deployments/enrich/chat/completions", json=question(), headers={"api-key": "x"}
    )
    assert bare.status_code == 404


async def test_a_request_that_is_not_well_formed_gets_the_apis_400(sandbox: Sandbox) -> None:
    cases: list[tuple[dict[str, Any], str]] = [
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": None}]}, "messages.[0].content"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"response_format": {"type": "xml"}}, "response_format.type"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}},
            "response_format.json_schema.name",
        ),
        ({"n": 2}, "n"),
    ]
    for change, param in cases:
        error = await refusal(sandbox, **change)
        assert (error.status_code, error.param, error.type) == (400, param, "invalid_request_error")
    for body in (b"{", b"[]"):
        answer = await http_client(sandbox).post(
            f"{OPENAI}/chat/completions", content=body, headers={"authorization": "Bearer x"}
        )
        assert answer.status_code == 400
        assert "not valid JSON" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "change",
    [
        {"required": ["gender"]},
        {"additionalProperties": True},
        {
            "properties": {
                "gender": {"type": "string"},
                "more": {"type": "object", "properties": {"a": {"type": "string"}}},
            }
        },
        {"type": "array"},
        {"properties": {"gender": {"oneOf": [{"type": "string"}]}}, "required": ["gender"]},
        {"properties": {"gender": {"type": "array"}}, "required": ["gender"]},
    ],
)
async def test_a_schema_outside_the_strict_subset_is_refused(
    sandbox: Sandbox, change: dict[str, Any]
) -> None:
    schema = {**SCHEMAS["base_gender"], **change}
    wanted = {"type": "json_schema", "json_schema": {"name": "base_gender", "strict": True, "schema": schema}}
    error = await refusal(sandbox, response_format=wanted)
    assert error.status_code == 400
    assert "Invalid schema for response_format 'base_gender'" in str(error)


async def test_models_are_told_apart(sandbox: Sandbox) -> None:
    assert (await refusal(sandbox, model="gpt-9")).code == "model_not_found"
    assert (await refusal(sandbox, model="o4-mini")).param == "temperature"
    assert (await refusal(sandbox, model="gpt-35-turbo")).param == "response_format"
    reasoning = question(model="o4-mini", temperature=1, max_completion_tokens=500)
    del reasoning["max_tokens"]
    assert (await openai_client(sandbox).chat.completions.create(**reasoning)).model == "o4-mini-2025-04-16"


async def test_without_a_key_nothing_is_answered(sandbox: Sandbox) -> None:
    for path in (f"{OPENAI}/chat/completions", f"{AZURE}/openai/deployments/enrich/chat/completions"):
        answer = await http_client(sandbox).post(path, json=question())
        assert answer.status_code == 401
    assert sandbox.llm.counts.listed()["total"] == 0


async def test_max_tokens_is_honoured(sandbox: Sandbox) -> None:
    cut = await openai_client(sandbox).chat.completions.create(**question(max_tokens=5))
    assert cut.choices[0].finish_reason == "length"
    assert cut.usage is not None
    assert cut.usage.completion_tokens <= 5
    assert tokens_of(cut.choices[0].message.content or "") <= 5


async def test_a_prefix_that_came_before_is_told_as_cached(sandbox: Sandbox) -> None:
    client, long = openai_client(sandbox), "Judge with care. " * 400
    used = [
        (await client.chat.completions.create(**question(handle, system=long))).usage
        for handle in ("natgeo", "nasa")
    ]
    cached = [
        usage.prompt_tokens_details.cached_tokens for usage in used if usage and usage.prompt_tokens_details
    ]
    assert cached[0] == 0
    assert cached[1] is not None
    assert cached[1] % 128 == 0
    assert used[1] is not None
    assert 1024 <= cached[1] < used[1].prompt_tokens
    short = await client.chat.completions.create(**question("nike"))
    assert short.usage is not None
    assert short.usage.prompt_tokens_details is not None
    assert short.usage.prompt_tokens_details.cached_tokens == 0


async def shown(sandbox: Sandbox, count: int = 200, **behaviour: Any) -> list[Any]:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed(behaviour)
    client = openai_client(sandbox)
    return [await client.chat.completions.create(**question(f"row{place}")) for place in range(count)]


def is_good(text: str | None) -> bool:
    import jsonschema

    try:
        jsonschema.validate(json.loads(text or ""), SCHEMAS["base_gender"])
    except (ValueError, jsonschema.ValidationError):
        return False
    return True


async def test_what_goes_wrong_goes_wrong_as_often_as_told(sandbox: Sandbox) -> None:
    for name in ("malformed_share", "refused_share", "filtered_answer_share", "truncated_share"):
        sandbox.llm.reset()
        choices = [completion.choices[0] for completion in await shown(sandbox, 150, **{name: 0.3})]
        struck = {
            "malformed_share": [
                not is_good(c.message.content) and c.finish_reason == "stop" for c in choices
            ],
            "refused_share": [c.message.refusal is not None and c.message.content is None for c in choices],
            "filtered_answer_share": [c.finish_reason == "content_filter" for c in choices],
            "truncated_share": [c.finish_reason == "length" for c in choices],
        }[name]
        assert sum(struck) / len(struck) == pytest.approx(0.3, abs=0.1), name
        others = [c for c, hit in zip(choices, struck, strict=True) if not hit]
        assert all(is_good(c.message.content) for c in others)


async def test_malformed_answers_are_of_every_sort(sandbox: Sandbox) -> None:
    texts = [c.choices[0].message.content or "" for c in await shown(sandbox, 60, malformed_share=1.0)]
    assert not any(map(is_good, texts))
    objects = [json.loads(text) for text in texts if text.startswith("{") and text.endswith("}")]
    assert any("gender" not in told for told in objects)
    assert any(told.get("gender") == "none of these" for told in objects)
    assert any(text.startswith("Here is") for text in texts)
    assert any(text.startswith("```json") for text in texts)
    assert any(text.startswith("{") and not text.endswith("}") for text in texts)


async def test_a_repair_is_answered_well(sandbox: Sandbox) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"malformed_share": 1.0})
    client, body = openai_client(sandbox), question("natgeo")
    first = await client.chat.completions.create(**body)
    wrong = first.choices[0].message.content
    body["messages"] += [
        {"role": "assistant", "content": wrong},
        {"role": "user", "content": 'Not valid: {"handle": "x"}. Answer again.'},
    ]
    second = await client.chat.completions.create(**body)
    assert is_good(second.choices[0].message.content)
    rows = sandbox.llm.counts.listed(handle="natgeo")["completions"]
    assert [(row["is_repair"], row["count"]) for row in rows] == [(False, 1), (True, 1)]


async def test_azures_filter_stops_prompts_unpaid_and_openai_cuts_the_answer(sandbox: Sandbox) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"filtered_share": 1.0})
    with pytest.raises(openai.BadRequestError) as caught:
        await azure_client(sandbox).chat.completions.create(**question())
    assert caught.value.code == "content_filter"
    body = caught.value.body
    assert isinstance(body, dict)
    assert body["innererror"]["code"] == "ResponsibleAIPolicyViolation"
    assert sandbox.llm.counts.listed()["total"] == 0
    direct = await openai_client(sandbox).chat.completions.create(**question())
    assert direct.choices[0].finish_reason == "content_filter"


async def test_429_tells_how_long_to_wait_and_the_budget_refills(sandbox: Sandbox, clock: Clock) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"requests_per_minute": 2})
    client = openai_client(sandbox)
    for _ in range(2):
        await client.chat.completions.create(**question())
    error = await refusal(sandbox)
    assert (error.status_code, error.code) == (429, "rate_limit_exceeded")
    headers = error.response.headers
    assert (headers["retry-after-ms"], headers["retry-after"]) == ("30000", "30")
    assert headers["x-ratelimit-reset-requests"] == "30s"
    assert "Please try again in 30s" in str(error)
    clock.now += 29
    assert (await refusal(sandbox)).response.headers["retry-after-ms"] == "1000"
    clock.now += 1
    await client.chat.completions.create(**question())


async def test_tokens_are_limited_too(sandbox: Sandbox) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"tokens_per_minute": 1_000})
    await openai_client(sandbox).chat.completions.create(**question())
    error = await refusal(sandbox)
    assert error.type == "tokens"
    assert "x-ratelimit-reset-tokens" in error.response.headers


async def test_429_by_chance_passes_at_the_next_try_and_quota_never(sandbox: Sandbox) -> None:
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"throttled_share": 0.5})
    client = http_client(sandbox)
    statuses = [
        (
            await client.post(
                f"{OPENAI}/chat/completions", json=question(), headers={"authorization": "Bearer x"}
            )
        ).status_code
        for _ in range(40)
    ]
    assert {200, 429} == set(statuses)
    assert sandbox.llm.counts.listed()["total"] == statuses.count(200)
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"is_quota_used_up": True})
    error = await refusal(sandbox)
    assert (error.code, error.type) == ("insufficient_quota", "insufficient_quota")
    assert "retry-after" not in error.response.headers


@pytest.mark.parametrize(("fault", "status"), [("429", 429), ("401", 401), ("500", 500), ("timeout", 504)])
async def test_faults_are_shown_by_both_apis(sandbox: Sandbox, fault: str, status: int) -> None:
    control = http_client(sandbox)
    for source, client, model in (
        ("openai", openai_client(sandbox), "gpt-4.1-mini"),
        ("azure_openai", azure_client(sandbox), "enrich"),
    ):
        order = {"source": source, "fault": fault, "handle": "natgeo", "times": 1, "seconds": 0.01}
        assert (await control.post("/_sandbox/faults", json=order)).status_code == 201
        await client.chat.completions.create(**question("nasa", model=model))
        with pytest.raises(openai.APIStatusError) as caught:
            await client.chat.completions.create(**question("natgeo", model=model))
        assert caught.value.status_code == status
        await client.chat.completions.create(**question("natgeo", model=model))


async def test_a_body_can_be_broken_and_an_answer_can_take_time(sandbox: Sandbox) -> None:
    control = http_client(sandbox)
    await control.post("/_sandbox/faults", json={"source": "openai", "fault": "broken_body", "times": 1})
    with pytest.raises(json.JSONDecodeError):
        await openai_client(sandbox).chat.completions.create(**question())
    sandbox.llm.behaviour = sandbox.llm.behaviour.changed({"latency_seconds": 0.05, "latency_jitter": 0})
    raw = await openai_client(sandbox).chat.completions.with_raw_response.create(**question())
    assert raw.headers["openai-processing-ms"] == "51"
    assert raw.elapsed.total_seconds() >= 0.05


async def test_nothing_is_kept_in_the_cache_of_answers(sandbox: Sandbox) -> None:
    client = openai_client(sandbox)
    ids = [(await client.chat.completions.create(**question())).id for _ in range(3)]
    assert len(set(ids)) == 3
    assert sandbox.llm.counts.by_kind("natgeo") == {"base_gender": 3}
    shown = (await http_client(sandbox).get("/_sandbox/world/instagram/natgeo")).json()
    assert shown["completions"] == {"base_gender": 3}


async def test_paths_and_methods_that_are_not_there_are_told(sandbox: Sandbox) -> None:
    client, key = http_client(sandbox), {"authorization": "Bearer x"}
    answers: list[httpx.Response] = [
        await client.get(f"{OPENAI}/chat/completions", headers=key),
        await client.get("/api.openai.com/v2/files", headers=key),
        await client.delete(f"{OPENAI}/batches", headers=key),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert (await client.put(f"{OPENAI}/files", headers=key)).status_code == 405
