"""Usage headers on the whole way: the sandbox counts, the chain reads, and the credential rests before it is refused."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from tests.integration.crawlers.test_chain_on_the_sandbox import HANDLE, PROFILE, bench_of, only

from upbeat.credentials import store
from upbeat.errors import AllSourcesFailedError
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings


@pytest.fixture
def sandbox(settings: Settings) -> Iterator[SandboxControl]:
    with SandboxControl(settings.sandbox_url(), timeout=60) as control:
        control.reset()
        control.lift_limits()
        yield control
        control.reset()
        control.reset_limits()


@pytest.mark.parametrize("source", ["graphapi", "rapidapi-igdata"])
async def test_a_used_up_credential_rests_before_it_is_refused(
    settings: Settings, sandbox: SandboxControl, source: str
) -> None:
    # One request a credential: its good answer says that nothing is left for ten minutes.
    sandbox.set_limit(source, 1, 600)
    async with bench_of(settings, sandbox, **only(source)) as bench:
        for _ in range(3):
            assert (await bench.run(PROFILE, handle=HANDLE)).source == source
        with pytest.raises(AllSourcesFailedError, match="cooling down") as caught:
            await bench.run(PROFILE, handle=HANDLE)
    assert caught.value.retry_after == pytest.approx(600, abs=30)
    asked = sandbox.requests(source=source)
    assert asked["total"] == 3, "a request went out to be refused"
    cooling = [row for row in store.list_credentials(settings) if row.source == source]
    assert {(row.state, row.enabled, round(row.cooling_seconds, -2)) for row in cooling} == {
        ("cooling", True, 600)
    }


async def test_a_credential_near_its_limit_is_asked_more_slowly(
    settings: Settings, sandbox: SandboxControl
) -> None:
    sandbox.set_limit("graphapi", 100, 3600)
    async with bench_of(settings, sandbox, **only("graphapi")) as bench:
        for row in store.list_credentials(settings)[1:]:
            if row.source == "graphapi":
                store.set_enabled(settings, row.id, False)
        for _ in range(90):
            await bench.run(PROFILE, handle=HANDLE)
        assert store.list_credentials(settings)[0].state == "usable"
        before = datetime.now(UTC)
        await bench.run(PROFILE, handle=HANDLE)  # the 91st of 100
    # By its end, not by its state: a rest of some seconds may be over before anybody looks.
    first = store.list_credentials(settings)[0]
    assert first.disabled_till is not None
    assert before < first.disabled_till <= datetime.now(UTC) + timedelta(seconds=3.6)
