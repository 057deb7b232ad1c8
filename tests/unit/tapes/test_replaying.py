"""A tape gives what the run gave that it was recorded from, says what differs, and names a request that it does not hold."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import orjson
import pytest
from tests.unit.sandbox.conftest import NOW, Clock

from upbeat.crawlers.fallback import FallbackChain
from upbeat.crawlers.http import Answer, Capture, UpstreamRequest
from upbeat.credentials import Credential
from upbeat.errors import BackOffError, InputError, NoCredentialError
from upbeat.flows import flow_named
from upbeat.records import PayloadKind
from upbeat.sandbox.app import Sandbox
from upbeat.sandbox.faults import Fault
from upbeat.sandbox.google_api import connected_channels
from upbeat.sandbox.registry import upstream_of
from upbeat.sandbox.upstream import Request
from upbeat.sandbox.world import World
from upbeat.sandbox.youtube_channels import CONNECTED_HANDLES
from upbeat.settings import Settings
from upbeat.tapes.credentials import RecordingCredentials
from upbeat.tapes.record import new_tape, params_of, scrubbed, verify
from upbeat.tapes.replay import TapeLimiter, replay_tape, run_chain
from upbeat.tapes.requesters import RecordingHttp, TapePlayer, UnmatchedRequestError
from upbeat.tapes.scrub import Scrubber
from upbeat.tapes.tape import Exchange, Tape, read_tape

CONNECTED = CONNECTED_HANDLES[0]
SECRETS = {
    "graphapi": [{"token": f"sandbox-graph-token-{n}", "user_id": f"1784140000000000{n}"} for n in (1, 2)],
    "rapidapi-igdata": [{"key": "sandbox-rapidapi-key-1"}],
    "ytapi": [{"token": "sandbox-ytapi-token-1", "user_id": connected_channels()[CONNECTED]["user_id"]}],
    "shopify": [{"token": "sandbox-shopify-token-1", "user_id": "glow-sandbox"}],
}


class SandboxHttp:
    """The sandbox in this process as what requests go through."""

    def __init__(self, settings: Settings) -> None:
        clock = Clock(NOW)
        self.settings = settings
        self.sandbox = Sandbox(World(clock=clock), clock=clock)

    async def get(self, request: UpstreamRequest, capture: Capture) -> Answer:
        upstream = upstream_of(urlsplit(request.base_url).netloc, self.sandbox.upstreams)
        assert upstream is not None
        headers = {name.lower().encode(): value.encode() for name, value in request.headers.items()}
        host = urlsplit(request.base_url).netloc
        query = dict(request.query)
        answer, fault = self.sandbox.serve(upstream, Request("GET", request.path, query, headers, host=host))
        if fault is not None and fault.fault == "timeout":
            raise BackOffError("no answer within 20 s", source=request.source)
        return Answer(answer.status, httpx.Headers(list(answer.headers)), answer.body, datetime.now(UTC))


class StoredCredentials:
    """The credentials of `SECRETS`, without a database."""

    async def pick(self, source: str, exclude: Collection[int] = (), handle: str | None = None) -> Credential:
        for number, secrets in enumerate(SECRETS.get(source, ()), 1):
            if number not in exclude:
                return Credential(number, source, secrets)
        raise NoCredentialError("no usable credential", source=source)

    async def cool_down(self, credential_id: int, seconds: float, *, refused: bool = False) -> None:
        pass


async def record(flow_key: str, *subjects: str, faults: Mapping[str, str] | None = None, **more: str) -> Tape:
    settings, flow = Settings(), flow_named(flow_key)
    params = [params_of(flow, subject, more) for subject in subjects]
    http = SandboxHttp(settings)
    for source, fault in (faults or {}).items():
        http.sandbox.faults.add(Fault(source=source, fault=fault))
    recording = RecordingHttp(http)
    tape = new_tape(settings, flow, params)
    for run, given in enumerate(params):
        recording.run = run
        credentials = RecordingCredentials(StoredCredentials())
        chain = FallbackChain(settings, recording, TapeLimiter(set()), credentials)
        result = await run_chain(chain, flow, given)
        result.picks = credentials.picks
        tape.results.append(result)
    tape.exchanges = recording.exchanges
    secrets = {
        value for rows in SECRETS.values() for row in rows for name, value in row.items() if name != "user_id"
    }
    tape = scrubbed(tape, Scrubber(secrets))
    await verify(tape, settings)
    return tape


@pytest.mark.parametrize(
    ("flow", "subjects", "more"),
    [
        ("instagram.profile_by_handle", ["cristiano", "leomessi"], {}),
        ("instagram.posts_by_handle", ["cristiano"], {"limit": "60"}),
        ("shopify.orders", ["glow-sandbox"], {"limit": "300", "updated_since": "2026-01-01T00:00:00Z"}),
        ("shopify.discount_codes", ["glow-sandbox"], {}),
        ("youtube.channel_insights", [CONNECTED], {"channel_id": connected_channels()[CONNECTED]["user_id"]}),
    ],
)
async def test_a_tape_replays_to_what_was_recorded_also_out_of_its_file(
    tmp_path: Path, flow: str, subjects: list[str], more: dict[str, str]
) -> None:
    tape = await record(flow, *subjects, **more)
    file = tmp_path / "a.tape.jsonl"
    file.write_text(tape.text(), encoding="utf-8")
    runs = await replay_tape(read_tape(file), Settings())
    assert [run.differences for run in runs] == [[]] * len(subjects)
    assert [run.result.records for run in runs] == [result.records for result in tape.results]
    assert all(run.result.records for run in runs)
    assert not any(
        secret in file.read_text() for secret in ("sandbox-graph-token", "rapidapi-key", "shopify-token")
    )


@pytest.mark.parametrize("fault", ["429", "401", "500", "timeout", "broken_body"])
async def test_what_the_first_source_did_wrong_is_on_the_tape_too(fault: str) -> None:
    tape = await record("instagram.profile_by_handle", "cristiano", faults={"graphapi": fault})
    (run,) = await replay_tape(tape, Settings())
    assert run.differences == []
    assert tape.results[0].source != "graphapi"
    assert run.result.attempts == tape.results[0].attempts
    assert run.result.attempts[0][0] == "graphapi"


async def test_a_run_without_an_answer_replays_to_its_error() -> None:
    tape = await record("instagram.profile_by_handle", "unknown.account.sandbox")
    (run,) = await replay_tape(tape, Settings())
    assert run.differences == []
    assert (run.result.error or "").startswith("AllSourcesFailedError")


async def test_a_field_that_is_read_otherwise_now_is_named() -> None:
    tape = await record("instagram.profile_by_handle", "cristiano")
    tape.results[0].records[0]["followers"] = 1
    (run,) = await replay_tape(tape, Settings())
    assert len(run.differences) == 1
    assert "followers: recorded 1, now" in run.differences[0]


async def test_a_request_that_is_not_asked_any_more_is_named() -> None:
    tape = await record("instagram.profile_by_handle", "cristiano")
    more = dataclasses.replace(tape.exchanges[0], url="https://graph.facebook.com/v15.0/other")
    tape.exchanges.append(more)
    (run,) = await replay_tape(tape, Settings())
    assert run.differences == [f"recorded, and not asked for now: graphapi GET {more.url}"]


async def test_a_request_that_is_not_on_the_tape_is_named() -> None:
    tape = await record("instagram.profile_by_handle", "cristiano")
    tape.exchanges.clear()
    with pytest.raises(
        UnmatchedRequestError, match=r"graphapi GET https://graph\.facebook\.com/.*: is not on the tape"
    ):
        await replay_tape(tape, Settings())


async def test_other_settings_of_today_do_not_change_a_recorded_run() -> None:
    tape = await record("instagram.profile_by_handle", "cristiano")
    other = Settings(graph_api_version="v99.0", source_chains={"instagram.profile_by_handle": ["lama"]})
    assert [run.differences for run in await replay_tape(tape, other)] == [[]]


def request(**query: str) -> UpstreamRequest:
    return UpstreamRequest(
        source="lama", kind=PayloadKind.PROFILE, base_url="https://lama.sandbox", path="/v1/x", query=query
    )


def exchange(url: str, body: bytes = b"{}", status: int = 200) -> Exchange:
    at = datetime(2026, 11, 1, tzinfo=UTC)
    return Exchange(
        run=0,
        source="lama",
        kind="profile",
        method="GET",
        url=url,
        params={},
        status=status,
        body=body,
        fetched_at=at,
    )


async def test_the_same_request_twice_gets_its_answers_in_order_and_no_third() -> None:
    url = "https://lama.sandbox/v1/x?a=1&b=2"
    player = TapePlayer(Settings(), [exchange(url, b"1", 429), exchange(url, b"2")])
    asked = request(b="2", a="1")
    assert [(await player.get(asked, Capture())).body for _ in range(2)] == [b"1", b"2"]
    with pytest.raises(UnmatchedRequestError, match="more often than it was recorded"):
        await player.get(asked, Capture())


@pytest.mark.parametrize("days", [0, 1, 40])
async def test_dates_that_move_along_with_the_day_match(days: int) -> None:
    recorded_on = date(2026, 11, 1)
    epoch = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
    player = TapePlayer(
        Settings(), [exchange(f"https://lama.sandbox/v1/x?end={recorded_on}&since={epoch}")], days=days
    )
    now = recorded_on + timedelta(days=days)
    await player.get(request(end=now.isoformat(), since=str(epoch + days * 86_400)), Capture())
    assert player.left() == []


async def test_dates_that_were_given_match_on_any_day() -> None:
    player = TapePlayer(Settings(), [exchange("https://lama.sandbox/v1/x?end=2026-11-01")], days=9)
    await player.get(request(end="2026-11-01"), Capture())


async def test_a_secret_in_an_address_is_not_in_the_error_either() -> None:
    with pytest.raises(UnmatchedRequestError) as caught:
        await TapePlayer(Settings(), []).get(request(access_token="EAABsecret", a="1"), Capture())
    assert "EAABsecret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("nonsense", "line 1 is none"),
        ('{"tape": 9}', "version 9"),
        ('{"some": "json"}', "line 1 is none"),
    ],
)
def test_a_file_that_is_no_tape_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "x"
    file.write_text(text)
    with pytest.raises(InputError, match=message):
        read_tape(file)


async def test_a_tape_that_was_cut_off_is_refused(tmp_path: Path) -> None:
    tape = await record("instagram.profile_by_handle", "cristiano")
    file = tmp_path / "x"
    lines = tape.text().splitlines()
    file.write_text("\n".join(lines[:-1]))
    with pytest.raises(InputError, match="cut off"):
        read_tape(file)
    file.write_text("\n".join([*lines[:-1], lines[-1][:-9]]))
    with pytest.raises(InputError, match=f"line {len(lines)} is none"):
        read_tape(file)


def test_a_body_of_any_bytes_survives_the_file(tmp_path: Path) -> None:
    tape = Tape(
        flow="instagram.profile_by_handle", params=[], recorded_at=datetime.now(UTC), upstream="live",
        exchanges=[exchange("https://x", b"\xff\x00\xfe")],
    )  # fmt: skip
    line = orjson.loads(orjson.dumps(tape.exchanges[0].line()))
    file = tmp_path / "x"
    file.write_text(f"{tape.text()}{orjson.dumps(line).decode()}\n")
    assert read_tape(file).exchanges == tape.exchanges
