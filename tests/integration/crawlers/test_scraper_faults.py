"""Every fault of every scraper of Instagram: a typed error with the right reaction, against the sandbox of the stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.integration.crawlers.scraper_keys import KEYS

from upbeat.crawlers.http import Capture, UpstreamHttp
from upbeat.crawlers.registry import crawler_class
from upbeat.errors import (
    BackOffError,
    MalformedBodyError,
    NextSourceError,
    NotFoundError,
    PrivateAccountError,
    RotateCredentialError,
    UpbeatError,
)
from upbeat.records import Parsed
from upbeat.sandbox.control import SandboxControl
from upbeat.sandbox.creators import PRIVATE_HANDLE, synthetic_pk
from upbeat.settings import Settings

HANDLE = "cristiano"


@pytest.fixture
def sandbox(stack: Settings) -> Iterator[SandboxControl]:
    with SandboxControl(stack.sandbox_url(), timeout=60) as control:
        control.reset()
        control.lift_limits()
        yield control
        control.reset()
        control.reset_limits()


async def ask(
    settings: Settings, source: str, method: str = "", *, patience: float = 60.0, **arguments: Any
) -> Parsed:
    """One request of a source to the stack's sandbox."""
    http = UpstreamHttp(settings.model_copy(update={"upstream_timeout_seconds": patience}))
    try:
        cls = crawler_class(source)
        crawler = cls(http, Capture(), {"key": KEYS[source]} if KEYS[source] else None)
        asked: Callable[..., Any] = getattr(crawler, method or "fetch_profile_by_handle")
        return await asked(**(arguments or {"handle": HANDLE}))  # type: ignore[no-any-return]
    finally:
        await http.close()


FAULTS: dict[str, type[UpbeatError]] = {
    "429": RotateCredentialError,
    "401": RotateCredentialError,
    "500": BackOffError,
    "timeout": BackOffError,
    "broken_body": MalformedBodyError,
}


@pytest.mark.parametrize("source", KEYS)
@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_of_every_source_is_the_error_with_the_right_reaction(
    stack: Settings, sandbox: SandboxControl, source: str, fault: str
) -> None:
    sandbox.add_fault(source, fault)
    expected = FAULTS[fault]
    if source == "lama" and expected is RotateCredentialError:
        expected = BackOffError  # it has no credential to change
    with pytest.raises(expected) as caught:
        await ask(stack, source, patience=0.2 if fault == "timeout" else 60.0)
    assert getattr(caught.value, "source", source) == source
    assert KEYS[source] == "" or KEYS[source] not in str(caught.value)


@pytest.mark.parametrize("source", KEYS)
async def test_slow_answers_are_read(stack: Settings, sandbox: SandboxControl, source: str) -> None:
    sandbox.add_fault(source, "slow", seconds=0.05)
    assert (await ask(stack, source)).profiles[0].handle == HANDLE


@pytest.mark.parametrize("source", KEYS)
@pytest.mark.parametrize("fault", ["drop_field", "wrong_type"])
async def test_a_lost_or_wrong_number_of_followers_is_a_problem_and_costs_nothing_else(
    stack: Settings, sandbox: SandboxControl, source: str, fault: str
) -> None:
    private = source in ("rocketapi", "rapidapi-arraybobo", "lama")
    sandbox.add_fault(source, fault, field="follower_count" if private else "edge_followed_by")
    parsed = await ask(stack, source)
    assert parsed.profiles[0].followers is None
    assert parsed.profiles[0].following is not None
    assert [problem.field for problem in parsed.problems] == ["followers"]


@pytest.mark.parametrize("source", KEYS)
async def test_what_does_not_exist_is_not_found(
    stack: Settings, sandbox: SandboxControl, source: str
) -> None:
    with pytest.raises(NotFoundError):
        await ask(stack, source, handle="unknown.account.sandbox")


@pytest.mark.parametrize("source", KEYS)
async def test_a_private_account_is_said_to_be_private(
    stack: Settings, sandbox: SandboxControl, source: str
) -> None:
    with pytest.raises(PrivateAccountError):
        await ask(stack, source, handle="private.account.sandbox")


async def test_what_instagram_refuses_is_not_the_fault_of_rocketapis_key(
    stack: Settings, sandbox: SandboxControl
) -> None:
    private = str(synthetic_pk(PRIVATE_HANDLE))
    with pytest.raises(PrivateAccountError):
        await ask(stack, "rocketapi", "fetch_all_followers", user_id=private, limit=10)
    with pytest.raises(NotFoundError):
        await ask(stack, "rocketapi", "fetch_hashtag", hashtag="nobodyusesthis")
    with pytest.raises(NextSourceError):
        await ask(stack, "rocketapi", "follower_page", user_id="1", cursor="of-another-list")
