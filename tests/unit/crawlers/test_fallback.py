"""The chain's reactions, with hand-written sources, credentials and a limiter in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from upbeat.crawlers.attempts import is_unknown, retry_after_of
from upbeat.crawlers.base import Crawler
from upbeat.crawlers.fallback import ChainResult, FallbackChain
from upbeat.crawlers.http import Answer, Capture, UpstreamRequest
from upbeat.crawlers.instagram.interface import InstagramCrawler
from upbeat.credentials import Credential
from upbeat.errors import (
    AllSourcesFailedError,
    BackOffError,
    DropError,
    MalformedBodyError,
    NoCredentialError,
    NotFoundError,
    PrivateAccountError,
    RotateCredentialError,
    StoreUnavailableError,
    ThrottledError,
    UnsupportedError,
    UpbeatError,
)
from upbeat.flows import flow_named
from upbeat.ratelimit import Limit, MemoryRateLimiter, source_key
from upbeat.records import Parsed, PayloadKind, Platform, Problem, Profile
from upbeat.settings import Settings

FLOW = flow_named("instagram.profile_by_handle")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
GOOD = b"good"


class World:
    """Sends every request to a script: what each source says to each of its credentials."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.script: dict[tuple[str, str], Any] = {}
        self.headers: dict[tuple[str, str], dict[str, str]] = {}
        self.asked: list[tuple[str, str]] = []

    async def get(self, request: UpstreamRequest, capture: Capture) -> Answer:
        key = (request.source, request.headers.get("key", ""))
        self.asked.append(key)
        await asyncio.sleep(0)  # as a network does: others send theirs meanwhile
        said = self.script.get(key, GOOD)
        if isinstance(said, Exception):
            raise said
        return Answer(200, self.headers.get(key, {}), said, NOW)


class FakeCrawler(InstagramCrawler):
    base_url = "https://fake"
    default_limit = "1000/s"

    def _headers(self) -> dict[str, str]:
        return {"key": self._credential.get("key", "")}

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        return await self._ask(PayloadKind.PROFILE, "/", {}, {"handle": handle})

    @classmethod
    def parse(
        cls, kind: PayloadKind, body: bytes, *, observed_at: datetime, params: Mapping[str, str]
    ) -> Parsed:
        if body == b"crash":
            raise ZeroDivisionError("a mistake of the parser")
        followers = None if body == b"no followers" else 7
        profile = Profile(
            platform=Platform.INSTAGRAM,
            profile_id="1",
            handle=params["handle"],
            source=cls.source,
            observed_at=observed_at,
            followers=followers,
        )
        return Parsed(
            [profile], problems=[] if followers else [Problem("followers", "'x': expected a count")]
        )


class First(FakeCrawler):
    source = "first"
    credential_fields: ClassVar[tuple[str, ...]] = ("key",)


class Second(FakeCrawler):
    source = "second"
    credential_fields: ClassVar[tuple[str, ...]] = ("key",)


class Twice(FakeCrawler):
    source = "twice"
    credential_fields: ClassVar[tuple[str, ...]] = ("key",)

    async def fetch_profile_by_handle(self, handle: str) -> Parsed:
        await super().fetch_profile_by_handle(handle)
        return await super().fetch_profile_by_handle(handle)


class Free(FakeCrawler):
    source = "free"


CLASSES: dict[str, type[Crawler]] = {"first": First, "second": Second, "twice": Twice, "free": Free}


class FakeCredentials:
    """Picks in order of id, so that tests can say what comes next."""

    def __init__(self, **keys: list[str]) -> None:
        self.known = [(source, key) for source, names in keys.items() for key in names]
        self.cooled: list[tuple[str, float]] = []
        self.refused: list[str] = []
        self.resting: set[int] = set()
        self.asked_for: list[str | None] = []

    async def pick(self, source: str, exclude: Collection[int] = (), handle: str | None = None) -> Credential:
        self.asked_for.append(handle)
        for number, (owner, key) in enumerate(self.known):
            if owner == source and number not in exclude and number not in self.resting:
                return Credential(number, source, {"key": key})
        raise NoCredentialError("none is usable", source=source, retry_after=900.0 if self.resting else None)

    async def cool_down(self, credential_id: int, seconds: float, *, refused: bool = False) -> None:
        self.resting.add(credential_id)
        self.cooled.append((self.known[credential_id][1], seconds))
        self.refused += [self.known[credential_id][1]] if refused else []


class Bench:
    """A chain with everything around it."""

    def __init__(self, chain: list[str], credentials: FakeCredentials | None = None, **limits: str) -> None:
        settings = Settings(
            source_chains={FLOW.key: chain}, source_limits=limits, limit_levels_flows=("source",)
        )
        self.world = World(settings)
        self.clock = 1000.0
        self.limiter = MemoryRateLimiter(clock=lambda: self.clock)
        self.credentials = credentials or FakeCredentials(first=["k1", "k2"], second=["s1"])
        self.chain = FallbackChain(settings, self.world, self.limiter, self.credentials, classes=CLASSES)
        self.capture = Capture()

    async def run(self, handle: str = "natgeo") -> ChainResult:
        return await self.chain.run(FLOW, {"handle": handle}, self.capture)

    def outcomes(self) -> list[tuple[str, str]]:
        return [(attempt.source, attempt.outcome) for attempt in self.capture.attempts]


def rotate(status: int = 429, cool_down: float = 3600) -> RotateCredentialError:
    return RotateCredentialError("used up", source="first", status=status, cool_down=cool_down)


async def test_the_first_source_that_answers_is_enough() -> None:
    bench = Bench(["first", "second", "free"])
    result = await bench.run("@NatGeo")
    assert (result.source, result.incomplete) == ("first", None)
    assert result.parsed.profiles[0].handle == "natgeo"
    assert bench.world.asked == [("first", "k1")]
    assert bench.outcomes() == [("first", "ok")]


async def test_a_used_up_credential_cools_down_and_another_of_the_same_source_is_taken() -> None:
    bench = Bench(["first", "free"])
    bench.world.script["first", "k1"] = rotate()
    result = await bench.run()
    assert result.source == "first"
    assert bench.credentials.cooled == [("k1", 3600)]
    assert bench.outcomes() == [("first", "rate_limited"), ("first", "ok")]


async def test_when_every_credential_is_refused_the_next_source_answers() -> None:
    bench = Bench(["first", "free"])
    bench.world.script["first", "k1"] = bench.world.script["first", "k2"] = rotate(401)
    assert (await bench.run()).source == "free"
    assert bench.credentials.refused == ["k1", "k2"]
    assert bench.outcomes() == [("first", "refused"), ("first", "refused"), ("free", "ok")]


async def test_a_task_does_not_use_up_all_credentials_of_a_source() -> None:
    bench = Bench(["first", "free"], FakeCredentials(first=[f"k{n}" for n in range(10)]))
    for n in range(10):
        bench.world.script["first", f"k{n}"] = rotate()
    assert (await bench.run()).source == "free"
    assert len(bench.credentials.cooled) == 3


async def test_a_source_without_a_usable_credential_is_passed_over_and_costs_no_limit() -> None:
    bench = Bench(["second", "free"], FakeCredentials(), second="1/h")
    for _ in range(3):
        assert (await bench.run()).source == "free"
    assert bench.outcomes()[0] == ("second", "no_credential")


async def test_passing_failures_go_on_to_the_next_source_and_penalise_after_the_third() -> None:
    bench = Bench(["free", "first"])
    bench.world.script["free", ""] = BackOffError("HTTP 500", source="free", status=500)
    for _ in range(3):
        assert (await bench.run()).source == "first"
    assert (await bench.run()).source == "first"
    assert [outcome for source, outcome in bench.outcomes() if source == "free"] == [
        *["away"] * 3,
        "throttled",
    ]
    bench.clock += 1.1
    del bench.world.script["free", ""]
    assert (await bench.run()).source == "free"


async def test_a_blip_that_hits_many_tasks_at_once_is_one_failure_too_many_not_many() -> None:
    bench = Bench(["free"])
    bench.world.script["free", ""] = BackOffError("HTTP 500", source="free", status=500)
    await asyncio.gather(*(bench.run() for _ in range(40)), return_exceptions=True)
    assert (await bench.limiter.peek([Limit(source_key("free"), 1000, 1)]))[0].penalty <= 1.0


async def test_a_source_that_answers_not_found_between_failures_is_not_failing_in_a_row() -> None:
    bench = Bench(["free"])
    for said in (BackOffError("HTTP 500", source="free"), NotFoundError("no such user", source="free")) * 4:
        bench.world.script["free", ""] = said
        with pytest.raises(AllSourcesFailedError):
            await bench.run()


async def test_waiting_helps_when_one_of_the_credentials_is_only_used_up() -> None:
    bench = Bench(["first"])
    bench.world.script["first", "k1"] = rotate(429, cool_down=1800)
    bench.world.script["first", "k2"] = rotate(401)
    with pytest.raises(AllSourcesFailedError) as caught:
        await bench.run()
    assert caught.value.retry_after == 1800


async def test_a_retry_after_of_the_source_is_respected_at_once() -> None:
    bench = Bench(["free"])
    bench.world.script["free", ""] = BackOffError("HTTP 429", source="free", status=429, retry_after=30)
    with pytest.raises(AllSourcesFailedError) as caught:
        await bench.run()
    assert caught.value.retry_after == 30
    with pytest.raises(ThrottledError) as throttled:
        await bench.run()
    assert throttled.value.retry_after == pytest.approx(30, abs=0.1)
    assert len(bench.world.asked) == 1


async def test_a_source_that_our_limit_refuses_is_passed_over() -> None:
    bench = Bench(["first", "free"], first="1/h")
    assert (await bench.run()).source == "first"
    assert (await bench.run()).source == "free"
    assert bench.outcomes()[1:] == [("first", "throttled"), ("free", "ok")]


async def test_when_all_that_could_answer_are_throttled_the_shortest_wait_is_told() -> None:
    bench = Bench(["first", "free"], first="1/h", free="1/min")
    await bench.run()
    await bench.run()
    with pytest.raises(ThrottledError) as caught:
        await bench.run()
    assert caught.value.retry_after == pytest.approx(60, abs=1)
    assert len(bench.world.asked) == 2


async def test_the_limit_of_a_handle_binds_the_task_not_each_of_its_requests() -> None:
    bench = Bench(["first", "free"])
    settings = bench.world.settings.model_copy(update={"limit_levels_flows": ("handle", "source")})
    bench.chain = FallbackChain(settings, bench.world, bench.limiter, bench.credentials, classes=CLASSES)
    bench.world.script["first", "k1"] = rotate()
    bench.world.script["first", "k2"] = NotFoundError("no such user", source="first")
    assert (await bench.run()).source == "free"
    with pytest.raises(ThrottledError):
        await bench.run()
    assert (await bench.run("other")).source == "free"


async def test_an_api_that_quotes_the_secret_does_not_bring_it_into_what_is_stored_and_shown() -> None:
    secret = "EAAB-0123456789-0123456789"
    bench = Bench(["first"], FakeCredentials(first=[secret]))
    said = f"error 190: Malformed access token {secret}; again {secret[:20]}…"
    bench.world.script["first", secret] = RotateCredentialError(said, status=401, cool_down=3600)
    with pytest.raises(AllSourcesFailedError) as caught:
        await bench.run()
    told = f"{caught.value} {caught.value.failures} {bench.capture.attempts}"
    assert "Malformed access token ***; again ***…" in told
    assert secret[:12] not in told


USED_UP = {"x-app-usage": '{"call_count": 100}'}


async def test_a_good_answer_with_its_usage_at_the_limit_cools_the_credential_before_a_refusal() -> None:
    bench = Bench(["first", "free"])
    bench.world.headers["first", "k1"] = USED_UP
    assert [(await bench.run()).source for _ in range(2)] == ["first", "first"]
    assert bench.world.asked == [("first", "k1"), ("first", "k2")]
    assert (bench.credentials.cooled, bench.credentials.refused) == ([("k1", 3600)], [])


async def test_usage_near_its_limit_lets_the_credential_rest_for_a_moment() -> None:
    bench = Bench(["first", "free"])
    bench.world.headers["first", "k1"] = {"x-app-usage": '{"call_count": 95}'}
    assert (await bench.run()).source == "first"
    assert bench.credentials.cooled == [("k1", 18.0)]


async def test_usage_at_the_limit_penalises_a_source_that_needs_no_credential() -> None:
    bench = Bench(["free", "first"])
    bench.world.headers["free", ""] = {
        "x-ratelimit-requests-remaining": "0",
        "x-ratelimit-requests-reset": "40",
    }
    assert [(await bench.run()).source for _ in range(2)] == ["free", "first"]
    bench.clock += 41
    assert (await bench.run()).source == "free"


async def test_the_next_page_is_not_asked_for_with_a_credential_whose_usage_is_at_the_limit() -> None:
    bench = Bench(["twice", "free"], FakeCredentials(twice=["t1", "t2"]))
    bench.world.headers["twice", "t1"] = USED_UP
    assert (await bench.run()).source == "twice"
    assert bench.world.asked == [("twice", "t1"), ("twice", "t2"), ("twice", "t2")]
    assert bench.outcomes() == [("twice", "rate_limited"), ("twice", "ok")]


async def test_a_private_account_ends_the_chain() -> None:
    bench = Bench(["free", "first"])
    bench.world.script["free", ""] = PrivateAccountError("@natgeo is private")
    with pytest.raises(PrivateAccountError):
        await bench.run()
    assert bench.outcomes() == [("free", "private")]


async def test_when_all_fail_one_line_names_each_source_and_its_reason() -> None:
    bench = Bench(["first", "second", "free"])
    bench.world.script["first", "k1"] = NotFoundError("error 110: Cannot find User", source="first")
    bench.world.script["second", "s1"] = MalformedBodyError("not JSON", source="second")
    bench.world.script["free", ""] = NotFoundError("HTTP 404: User not found", source="free")
    with pytest.raises(AllSourcesFailedError) as caught:
        await bench.run()
    assert str(caught.value) == (
        "instagram.profile_by_handle @natgeo: no source answered: first: error 110: Cannot find User; "
        "second: not JSON; free: HTTP 404: User not found"
    )
    assert caught.value.retry_after is None
    assert set(caught.value.failures) == {"first", "second", "free"}


async def test_without_followers_the_next_source_is_asked() -> None:
    bench = Bench(["first", "free"])
    bench.world.script["first", "k1"] = b"no followers"
    result = await bench.run()
    assert (result.source, result.incomplete) == ("free", None)
    assert bench.outcomes() == [("first", "incomplete"), ("free", "ok")]


async def test_a_partial_answer_is_better_than_none_and_says_what_is_missing() -> None:
    bench = Bench(["first", "free"])
    bench.world.script["first", "k1"] = b"no followers"
    bench.world.script["free", ""] = NotFoundError("no", source="free")
    result = await bench.run()
    assert result.source == "first"
    assert result.incomplete == "the number of followers could not be read (followers: 'x': expected a count)"


async def test_a_mistake_in_a_parser_costs_one_source_not_the_worker() -> None:
    bench = Bench(["first", "free"])
    bench.world.script["first", "k1"] = b"crash"
    assert (await bench.run()).source == "free"
    assert bench.outcomes()[0] == ("first", "malformed")


async def test_a_store_that_is_away_is_nobodys_failure() -> None:
    class Away(FakeCredentials):
        async def pick(
            self, source: str, exclude: Collection[int] = (), handle: str | None = None
        ) -> Credential:
            raise StoreUnavailableError("Postgres does not answer")

    with pytest.raises(StoreUnavailableError):
        await Bench(["first", "free"], Away()).run()


async def test_parameters_that_cannot_be_used_end_the_task() -> None:
    with pytest.raises(DropError, match=r"instagram\.profile_by_handle: handle='no such handle!'"):
        await Bench(["free"]).run("no such handle!")


async def test_a_source_that_does_not_exist_is_named() -> None:
    with pytest.raises(AllSourcesFailedError, match="nobody: there is no such source"):
        await Bench(["nobody"]).run()


def test_only_passing_failures_are_worth_waiting_for() -> None:
    passing = BackOffError("x")
    cooling = NoCredentialError("x", retry_after=12.0)
    refused = RotateCredentialError("x", status=401, cool_down=3600)
    used_up = RotateCredentialError("x", status=429, cool_down=3600)
    assert retry_after_of([NotFoundError("x"), refused, NoCredentialError("x")]) is None
    assert retry_after_of([used_up]) == 3600
    assert retry_after_of([passing, cooling, used_up]) == 12.0


NOT_FOUND, THROTTLED = NotFoundError("no such user"), ThrottledError("full", retry_after=60.0)
USED_UP_UPSTREAM = BackOffError("HTTP 429", status=429)
FAILED = [BackOffError("HTTP 500", status=500), MalformedBodyError("not JSON"), BackOffError("timed out")]


@pytest.mark.parametrize(
    ("failures", "unknown"),
    [
        ([NOT_FOUND], True),
        ([NOT_FOUND, NOT_FOUND, NOT_FOUND], True),
        ([NOT_FOUND, NOT_FOUND, THROTTLED], True),
        ([NOT_FOUND, NOT_FOUND, THROTTLED, THROTTLED], True),
        ([NOT_FOUND, NOT_FOUND, THROTTLED, NoCredentialError("none")], True),
        ([NOT_FOUND, NoCredentialError("rests", retry_after=900.0)], True),
        ([NOT_FOUND, rotate(429), UnsupportedError("no endpoint")], True),
        ([NOT_FOUND, rotate(401)], True),
        ([NOT_FOUND, USED_UP_UPSTREAM], True),
        # One alone may be wrong, and the other is asked soon.
        ([NOT_FOUND, THROTTLED], False),
        ([NOT_FOUND, THROTTLED, NoCredentialError("none")], False),
        # Nobody has said so.
        ([], False),
        ([THROTTLED, THROTTLED], False),
        ([rotate(429), USED_UP_UPSTREAM, NoCredentialError("none")], False),
        # A source that was asked and failed might know it.
        *[([NOT_FOUND, NOT_FOUND, failure], False) for failure in FAILED],
        *[([NOT_FOUND, NOT_FOUND, THROTTLED, failure], False) for failure in FAILED],
    ],
)
def test_a_subject_is_unknown_when_all_that_could_be_asked_say_so(
    failures: list[UpbeatError], unknown: bool
) -> None:
    assert is_unknown(failures) is unknown
    assert is_unknown(reversed(failures)) is unknown


async def test_a_source_at_its_limit_does_not_make_a_failure_of_what_two_others_do_not_know() -> None:
    bench = Bench(["first", "second", "free"], free="1/h")
    bench.world.script |= {
        ("first", "k1"): NOT_FOUND, ("second", "s1"): NOT_FOUND, ("free", ""): NOT_FOUND,
    }  # fmt: skip
    for _ in range(2):
        with pytest.raises(AllSourcesFailedError) as caught:
            await bench.run()
        assert (caught.value.unknown, caught.value.retry_after) == (True, None)
    assert bench.outcomes()[-3:] == [
        ("first", "not_found"), ("second", "not_found"), ("free", "throttled"),
    ]  # fmt: skip
    bench.world.script["second", "s1"] = BackOffError("HTTP 500", source="second", status=500)
    with pytest.raises(ThrottledError):
        await bench.run()


async def test_penalties_go_to_the_key_that_the_limit_counts_on() -> None:
    bench = Bench(["free"])
    bench.world.script["free", ""] = BackOffError("x", source="free", retry_after=5.0)
    with pytest.raises(AllSourcesFailedError):
        await bench.run()
    states = await bench.limiter.peek([Limit(source_key("free"), 1000, 1)])
    assert states[0].penalty == pytest.approx(5.0)


async def test_figures_that_only_owners_see_are_asked_with_the_owners_credential_alone() -> None:
    bench = Bench(["first"])
    await bench.run()
    await bench.chain.run(replace(FLOW, own_account=True), {"handle": "natgeo"}, bench.capture)
    assert bench.credentials.asked_for == [None, "natgeo"]


async def test_a_task_that_found_only_resting_credentials_says_that_nobody_was_asked() -> None:
    bench = Bench(["first", "second"])
    bench.credentials.resting |= {0, 1, 2}
    with pytest.raises(AllSourcesFailedError) as nobody:
        await bench.run()
    assert (nobody.value.asked, nobody.value.retry_after) == (False, 900.0)
    bench.credentials.resting.remove(2)
    bench.world.script["second", "s1"] = NotFoundError("unknown", source="second")
    with pytest.raises(AllSourcesFailedError) as one:
        await bench.run()
    assert one.value.asked


@pytest.mark.parametrize(
    ("others", "error"), [(("second", "free"), AllSourcesFailedError), (("free",), ThrottledError)]
)
async def test_what_two_sources_do_not_know_does_not_wait_for_the_throttled_one(
    others: tuple[str, ...], error: type[Exception]
) -> None:
    bench = Bench(["first", *others], first="1/h", second="1000/s", free="1000/s")
    await bench.run()
    for key in (("second", "s1"), ("free", "")):
        bench.world.script[key] = NotFoundError("no such user", source=key[0])
    with pytest.raises(error):
        await bench.run("nobody")
