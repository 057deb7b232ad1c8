"""The client against a server that answers as providers do: what it sends, how it waits, and what it gives up on."""

from __future__ import annotations

import asyncio
import logging
import traceback
from dataclasses import replace
from typing import Any

import pytest
from tests.unit.enrichment.chat_server import ChatServer, Reply, chat_server, completion, serving
from tests.unit.enrichment.manual_time import ManualTime
from tests.unit.enrichment.subjects import question

from upbeat.enrichment.client import ChatClient
from upbeat.enrichment.completion import Completion, Usage
from upbeat.enrichment.prompt_files import load_prompt
from upbeat.errors import AccessRefusedError, BackOffError, DropError, InputError, UnansweredError
from upbeat.settings import Settings

ANSWER = {"reasoning": "says mom", "gender": "female", "confidence": 0.96}
GOOD = Reply(completion(ANSWER), headers={"x-request-id": "req_1"})
TROUBLE = Reply({"error": {"message": "x", "code": "server_error"}}, 503)
KEY = "sk-of-a-test-0123456789"


def limited(message: str = "Rate limit reached", code: str = "rate_limit_exceeded", **headers: str) -> Reply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply({"error": {"message": message, "type": "tokens", "code": code}}, 429, named)


def client_of(settings: Settings, time: ManualTime | None = None) -> ChatClient:
    """A client whose waits take no time; its draws are 0.5."""
    time = time or ManualTime()
    return replace(ChatClient.from_settings(settings), now=time.now, sleep=time.jump, draw=lambda: 0.5)


async def ask_once(server: ChatServer, time: ManualTime | None = None, **given: Any) -> Completion:
    async with client_of(server.settings(**given), time) as client:
        return await client.complete(question())


async def test_a_question_is_sent_to_openai_as_structured_output_and_its_answer_read() -> None:
    async with chat_server(GOOD) as server:
        found = await ask_once(server)

    assert (found.outcome, found.result) == ("answered", ANSWER)
    assert found.usage == Usage(input=700, cached_input=512, output=30)
    assert (found.model, found.request_id) == ("gpt-4.1-mini-2025-04-14", "req_1")
    assert found.latency_seconds is not None
    assert server.heads[0].startswith("POST /api.openai.com/v1/chat/completions HTTP/1.1")
    sent = server.bodies[0]
    assert sent["messages"] == list(question().messages)
    assert (sent["model"], sent["temperature"], sent["max_tokens"]) == ("gpt-4.1-mini", 0, 400)
    assert sent["response_format"]["json_schema"]["strict"] is True


async def test_azure_is_asked_by_deployment_and_version() -> None:
    async with chat_server(GOOD) as server:
        found = await ask_once(server, llm_provider="azure", llm_azure_deployments={"gpt-4.1-mini": "enrich"})

    assert found.outcome == "answered"
    assert server.heads[0].startswith(
        "POST /upbeat.openai.azure.com/openai/deployments/enrich/chat/completions?api-version=2024-10-21 "
    )


async def test_a_live_provider_gets_the_key_and_the_stand_in_never_does() -> None:
    live = Reply(completion(ANSWER, fingerprint="fp_1"))
    async with chat_server(live) as server:
        async with ChatClient.from_settings(server.live_settings()) as client:
            assert not client.is_sandbox
            await client.complete(question())
        async with ChatClient.from_settings(server.live_settings(llm_provider="azure")) as client:
            await client.complete(question())
    async with (
        chat_server(GOOD) as stand_in,
        ChatClient.from_settings(stand_in.settings(llm_api_key=KEY)) as client,
    ):
        assert client.is_sandbox
        await client.complete(question())

    assert f"authorization: bearer {KEY}" in server.heads[0].lower()
    assert f"api-key: {KEY}" in server.heads[1].lower()
    assert KEY not in "".join(stand_in.heads)


def test_without_a_key_a_real_model_is_not_asked() -> None:
    with pytest.raises(InputError, match="UPBEAT_LLM_API_KEY is not set") as refused:
        ChatClient.from_settings(Settings(upstream="live"))

    assert "\n" not in str(refused.value)


def test_variables_of_the_package_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL", "OPENAI_API_KEY"):
        monkeypatch.setenv(name, "http://elsewhere.invalid")

    connected = ChatClient.from_settings(Settings(upstream="live", llm_api_key=KEY)).provider.connect(1)

    assert str(connected.base_url) == "https://api.openai.com/v1/"
    assert (connected.organization, connected.project, connected.api_key) == (None, None, KEY)


async def test_the_model_of_the_settings_goes_before_the_prompts() -> None:
    prompt = load_prompt("base_gender", "v0.02")

    assert ChatClient.from_settings(Settings()).model_for(prompt) == "gpt-4.1-mini"
    assert ChatClient.from_settings(Settings(llm_model="gpt-4o")).model_for(prompt) == "gpt-4o"


async def test_the_stand_in_never_passes_for_a_real_model_nor_the_other_way_round() -> None:
    async with chat_server(GOOD) as server, ChatClient.from_settings(server.live_settings()) as client:
        with pytest.raises(InputError, match=r"the sandbox answers at .* UPBEAT_UPSTREAM=live"):
            await client.complete(question())
    async with chat_server(Reply(completion(ANSWER, fingerprint="fp_2f406b9113"))) as server:
        with pytest.raises(InputError, match=r"a real model answers at .* UPBEAT_UPSTREAM=sandbox"):
            await ask_once(server)


@pytest.mark.parametrize(
    ("refusal", "seconds"),
    [
        (limited(retry_after_ms="1500", retry_after="20"), 1.5),
        (limited(retry_after="7"), 7.0),
        (limited(x_ratelimit_reset_requests="644ms", x_ratelimit_remaining_requests="0"), 0.644),
        (limited(x_ratelimit_reset_tokens="1m5s"), 65.0),
        (limited("Limit 30000, Used 29937, Requested 385. Please try again in 644ms."), 0.644),
        (limited(), 1.125),
        (limited(retry_after="0"), 0.05),
    ],
)
async def test_a_429_is_waited_out_as_it_asks(refusal: Reply, seconds: float) -> None:
    time = ManualTime()
    async with chat_server(refusal, GOOD) as server:
        found = await ask_once(server, time)

    assert found.outcome == "answered"
    assert len(server.heads) == 2
    assert seconds <= time.now() <= seconds * 1.25 + 0.05


async def test_waits_that_nobody_asks_for_double_up_to_a_bound() -> None:
    time = ManualTime()
    async with chat_server(*[limited()] * 8, GOOD) as server:
        found = await ask_once(server, time, llm_backoff_seconds=600)

    assert found.outcome == "answered"
    assert [round(seconds / 1.25) for seconds in time.slept] == [1, 2, 4, 8, 16, 32, 54, 54]


async def test_a_wait_beyond_the_budget_gives_the_question_back_with_the_time() -> None:
    time = ManualTime()
    async with chat_server(limited(retry_after="90")) as server:
        with pytest.raises(BackOffError, match="OpenAI answered 429") as refused:
            await ask_once(server, time, llm_backoff_seconds=60)

    assert (refused.value.retry_after, refused.value.status, time.now()) == (90.0, 429, 0.0)
    assert len(server.heads) == 1


async def test_all_waits_of_a_question_stay_within_its_budget() -> None:
    time = ManualTime()
    async with chat_server(limited(retry_after="25")) as server:
        with pytest.raises(BackOffError):
            await ask_once(server, time, llm_backoff_seconds=60)

    assert 50 < time.now() <= 60
    assert len(server.heads) == 3


async def test_the_wait_of_one_request_slows_its_siblings() -> None:
    time = ManualTime()
    moments: list[float] = []

    async def respond(number: int) -> Reply:
        moments.append(time.now())
        return limited(retry_after="30") if number == 0 else GOOD

    async with serving(ChatServer(respond)) as server:
        client = replace(ChatClient.from_settings(server.settings()), now=time.now, sleep=time.sleep)
        async with client:
            tasks = [asyncio.create_task(client.complete(question()))]
            await time.until_slept(1)
            tasks += [asyncio.create_task(client.complete(question(biography=str(n)))) for n in range(9)]
            await time.until_slept(10)
            asked_before_the_end = len(moments)
            await time.run(*tasks)

    assert asked_before_the_end == 1
    assert len(moments) == 11
    assert min(moments[1:]) >= 30
    assert len(set(time.slept[:10])) == 10
    assert {task.result().outcome for task in tasks} == {"answered"}


async def test_a_used_up_quota_and_a_refused_key_are_not_tried_again_and_name_the_setting() -> None:
    for reply in (
        limited("You exceeded your current quota", "insufficient_quota"),
        Reply({"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}, 401),
    ):
        async with chat_server(reply) as server:
            with pytest.raises(AccessRefusedError, match="UPBEAT_LLM_API_KEY"):
                await ask_once(server)
        assert len(server.heads) == 1


async def test_trouble_is_tried_a_few_times_and_then_given_back() -> None:
    async with chat_server(TROUBLE, TROUBLE, GOOD) as server:
        assert (await ask_once(server)).outcome == "answered"
    async with chat_server(TROUBLE) as server:
        with pytest.raises(BackOffError, match="OpenAI answered 503"):
            await ask_once(server)

    assert len(server.heads) == 3


async def test_a_connection_that_is_refused_is_tried_again() -> None:
    time = ManualTime()
    async with chat_server(GOOD) as server:
        gone = server.settings()
    with pytest.raises(BackOffError, match="OpenAI cannot be reached") as raised:
        async with client_of(gone, time) as client:
            await client.complete(question())
    assert not isinstance(raised.value, UnansweredError), "nothing was sent"


async def test_a_question_whose_connection_was_closed_without_an_answer_may_have_been_paid_for() -> None:
    async with chat_server(None, GOOD) as server:
        with pytest.raises(UnansweredError, match="OpenAI gave no answer"):
            await ask_once(server)
    assert len(server.heads) == 1, "who counts calls has to know of each"


async def test_a_request_without_an_answer_in_time_is_given_back_at_once() -> None:
    """It may have been paid for: who counts calls has to know of each."""
    async with chat_server(GOOD, delay=30) as server:
        with pytest.raises(UnansweredError, match=r"OpenAI did not answer within 3 s"):
            await ask_once(server, llm_timeout_seconds=3.0)

    assert len(server.heads) == 1


async def test_an_answer_that_drips_in_has_no_more_time_than_another() -> None:
    async with chat_server(replace(GOOD, drip=0.02)) as server:
        with pytest.raises(UnansweredError, match=r"OpenAI did not answer within 5 s"):
            await ask_once(server, llm_timeout_seconds=5.0)


@pytest.mark.parametrize("body", [{"object": "chat.completion"}, {"error": {"code": "server_error"}}])
async def test_a_body_that_is_no_completion_may_have_been_paid_for(body: dict[str, Any]) -> None:
    async with chat_server(Reply(body)) as server:
        with pytest.raises(UnansweredError):
            await ask_once(server)
    assert len(server.heads) == 1


async def test_a_body_that_is_no_json_is_given_back() -> None:
    async with chat_server(Reply(b'{"choices": [')) as server:
        with pytest.raises(UnansweredError, match="OpenAI sent what is no JSON"):
            await ask_once(server)


async def test_a_refused_request_is_dropped_with_the_reason() -> None:
    reply = Reply(
        {"error": {"message": f"The model `x` does not exist\n{KEY}", "code": "model_not_found"}}, 404
    )
    async with chat_server(reply) as server:
        with pytest.raises(
            DropError, match=r"for good \(404, model_not_found\): The model `x` does not exist \*\*\*$"
        ):
            await ask_once(server)


async def test_azures_content_filter_is_an_outcome_and_costs_nothing() -> None:
    error = {
        "message": "The response was filtered",
        "code": "content_filter",
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"hate": {"filtered": False}, "violence": {"filtered": True}},
        },
    }
    async with chat_server(Reply({"error": error}, 400)) as server:
        found = await ask_once(server, llm_provider="azure")

    assert (found.outcome, found.usage, found.result) == ("filtered", Usage(), None)
    assert found.detail == "the provider's content filter refused the question (violence)"


async def test_a_repair_sends_the_problem_and_counts_its_own_tokens() -> None:
    bad = Reply(completion({**ANSWER, "confidence": 1.2}))
    async with chat_server(bad, GOOD) as server, client_of(server.settings()) as client:
        first = await client.complete(question())
        second = await client.complete(question(), repair=first)

    assert (first.outcome, first.detail) == ("malformed", "confidence: maximum must be 1")
    assert second.outcome == "answered"
    assert second.usage == Usage(input=700, cached_input=512, output=30)
    added = server.bodies[1]["messages"][2:]
    assert added[0] == {"role": "assistant", "content": first.text}
    assert "confidence: maximum must be 1" in added[1]["content"]


async def test_ten_questions_at_once_share_ten_connections_which_close_with_the_client() -> None:
    async with chat_server(GOOD, delay=0.02) as server:
        async with ChatClient.from_settings(server.settings()) as client:
            limit = asyncio.Semaphore(10)

            async def one(number: int) -> Completion:
                async with limit:
                    return await client.complete(question(biography=str(number)))

            found = await asyncio.gather(*(one(number) for number in range(60)))
        for _ in range(100):
            if server.open_connections == 0:
                break
            await asyncio.sleep(0.01)

    assert {one.outcome for one in found} == {"answered"}
    assert server.most_under_way == server.connections == 10
    assert server.open_connections == 0


async def test_a_cancelled_question_leaves_the_client_usable() -> None:
    async with chat_server(GOOD, delay=0.2) as server, client_of(server.settings()) as client:
        task = asyncio.create_task(client.complete(question()))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

        assert (await client.complete(question())).outcome == "answered"


@pytest.mark.parametrize(
    "reply",
    [
        Reply({"error": {"message": f"Incorrect API key provided: {KEY}", "code": "invalid_api_key"}}, 401),
        Reply({"error": {"message": f"bad {KEY}", "code": f"{KEY}"}}, 400),
        Reply({"error": {"message": f"no {KEY}", "code": "x"}}, 503),
        limited(f"wait {KEY}"),
        None,
    ],
)
async def test_no_error_log_or_representation_shows_the_key(
    reply: Reply | None, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    async with chat_server(reply) as server:
        client = client_of(server.live_settings(llm_backoff_seconds=3))
        async with client:
            with pytest.raises((BackOffError, DropError, AccessRefusedError)) as refused:
                await client.complete(question())
            shown = repr(client)

    told = "".join(traceback.format_exception(refused.value))
    output = capsys.readouterr()
    assert KEY not in told + caplog.text + output.out + output.err + shown
