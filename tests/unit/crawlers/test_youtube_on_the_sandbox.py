"""YouTube's crawlers against the sandbox in this process: what they ask, what they make of several answers, and of every fault."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from upbeat.crawlers.http import Answer, Capture, UpstreamRequest
from upbeat.crawlers.registry import crawler_class
from upbeat.crawlers.youtube.interface import YouTubeCrawler
from upbeat.errors import (
    BackOffError,
    MalformedBodyError,
    NotFoundError,
    RotateCredentialError,
    UnsupportedError,
    UpbeatError,
)
from upbeat.records import CollectionItem, Comment, Insight, ListedPost, PostType, SearchHit
from upbeat.sandbox.app import Sandbox, SandboxApp
from upbeat.sandbox.control_api import make_control_api
from upbeat.sandbox.faults import Fault
from upbeat.sandbox.google_api import KEYS, TOKENS, connected_channels
from upbeat.sandbox.limits import Limit
from upbeat.sandbox.rapidapi import KEYS as RAPIDAPI_KEYS
from upbeat.sandbox.world import World
from upbeat.sandbox.youtube_channels import (
    COMMENTS_OFF_HANDLE,
    CONNECTED_HANDLES,
    HIDDEN_HANDLE,
    NO_VIDEOS_HANDLE,
    UNKNOWN_CHANNEL_ID,
    Channel,
)
from upbeat.sandbox.youtube_resources import rounded
from upbeat.settings import Settings

NOW = 1_795_348_800.0  # 2026-11-22 12:00 UTC
CREDENTIALS = {"ytapi": {"key": KEYS[0]}, "youtube138": {"key": RAPIDAPI_KEYS[0]}}
NOBODY = "xxxxxxxxxxx"


class InProcess:
    """Sends requests to the sandbox without a socket, and remembers them."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.world = World(clock=lambda: NOW)
        self.sandbox = Sandbox(self.world, clock=lambda: NOW)
        app = SandboxApp(self.sandbox, make_control_api(self.sandbox))
        self._client = httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://sandbox")
        self.asked: list[UpstreamRequest] = []

    async def get(self, request: UpstreamRequest, capture: Capture) -> Answer:
        self.asked.append(request)
        url = f"/{request.base_url.removeprefix('https://')}{request.path}"
        answer = await self._client.get(url, params=request.query, headers=request.headers)
        return Answer(answer.status_code, answer.headers, answer.content, datetime.now(UTC))

    def crawler(self, source: str, **credential: str) -> YouTubeCrawler:
        cls = crawler_class(source)
        crawler = cls(self, Capture(), credential or CREDENTIALS[source])  # type: ignore[arg-type]
        assert isinstance(crawler, YouTubeCrawler)
        return crawler

    def channel(self, handle: str = "tseries") -> Channel:
        found = self.world.youtube.channel(handle)
        assert found is not None
        return found

    def video(self, handle: str = "tseries") -> str:
        return self.world.youtube.videos(self.channel(handle))[0].video_id

    def paths(self) -> list[str]:
        return [request.path for request in self.asked]


@pytest.fixture(scope="module")
def shared() -> InProcess:
    return InProcess()


@pytest.fixture
def http(shared: InProcess) -> InProcess:
    shared.asked.clear()
    shared.sandbox.faults.remove()
    shared.sandbox.limits.reset()
    shared.sandbox.credentials.reset()
    return shared


def both() -> Any:
    return pytest.mark.parametrize("source", ["ytapi", "youtube138"])


@both()
async def test_no_secret_is_in_an_address_or_a_parameter(http: InProcess, source: str) -> None:
    crawler = http.crawler(source)
    await crawler.fetch_channel_by_id(http.channel().channel_id)
    await crawler.fetch_video_comments(http.video(), 10)
    await crawler.search_videos("music", 10)
    for request in http.asked:
        told = f"{request.path} {dict(request.query)} {dict(request.params)}"
        assert "sandbox-" not in told
        assert any("sandbox-" in value for value in request.headers.values())


@both()
async def test_a_channel_is_the_same_by_id_and_by_handle(http: InProcess, source: str) -> None:
    crawler, channel = http.crawler(source), http.channel()
    by_id = (await crawler.fetch_channel_by_id(channel.channel_id)).profiles[0]
    by_handle = (await crawler.fetch_channel_by_handle(channel.handle)).profiles[0]
    basic = (await crawler.fetch_channel_basic(channel.channel_id)).profiles[0]
    for profile in (by_id, by_handle, basic):
        assert (profile.profile_id, profile.handle) == (channel.channel_id, channel.handle)
        assert (profile.followers, profile.media_count) == (rounded(channel.subscribers), channel.video_count)
        assert profile.total_views == channel.total_views
        assert profile.country == "IN"


async def test_hidden_subscribers_are_no_problem_where_the_source_says_so(http: InProcess) -> None:
    official = await http.crawler("ytapi").fetch_channel_by_handle(HIDDEN_HANDLE)
    scraped = await http.crawler("youtube138").fetch_channel_by_handle(HIDDEN_HANDLE)
    assert official.profiles[0].followers is None
    assert official.problems == []
    assert [problem.field for problem in scraped.problems] == ["followers"], (
        "it does not say that it is hidden"
    )


@both()
@pytest.mark.parametrize(
    "ask",
    [
        lambda crawler: crawler.fetch_channel_by_id(UNKNOWN_CHANNEL_ID),
        lambda crawler: crawler.fetch_channel_by_handle("nobody"),
        lambda crawler: crawler.fetch_video_by_id(NOBODY),
        lambda crawler: crawler.fetch_videos_by_channel(UNKNOWN_CHANNEL_ID, 10),
        lambda crawler: crawler.fetch_video_comments(NOBODY, 10),
        lambda crawler: crawler.fetch_collection_videos("c", [NOBODY]),
        lambda crawler: crawler.fetch_collection_channels("c", [UNKNOWN_CHANNEL_ID]),
    ],
)
async def test_what_does_not_exist_is_not_found(
    http: InProcess, source: str, ask: Callable[[YouTubeCrawler], Any]
) -> None:
    with pytest.raises(NotFoundError):
        await ask(http.crawler(source))


async def test_the_videos_of_a_channel_take_two_units_a_page(http: InProcess) -> None:
    parsed = await http.crawler("ytapi").fetch_videos_by_channel(http.channel().channel_id, 55)
    assert http.paths() == ["/youtube/v3/playlistItems", "/youtube/v3/videos"] * 2
    assert len(parsed.posts) == 55
    assert parsed.problems == []
    times = [post.published_at for post in parsed.posts if post.published_at]
    assert times == sorted(times, reverse=True)
    assert {post.post_type for post in parsed.posts} == {PostType.VIDEO, PostType.LIVE}


async def test_the_scraper_tells_shorts_from_videos(http: InProcess) -> None:
    crawler, channel = http.crawler("youtube138"), http.channel()
    videos = await crawler.fetch_videos_by_channel(channel.channel_id, 100)
    shorts = await crawler.fetch_shorts_by_channel(channel.channel_id, 100)
    assert {post.post_type for post in shorts.posts} == {PostType.SHORT}
    known = {video.video_id: video.is_short for video in http.world.youtube.videos(channel)}
    assert {post.post_id for post in shorts.posts} == {name for name, is_short in known.items() if is_short}
    assert {post.post_id for post in videos.posts} == {
        name for name, is_short in known.items() if not is_short
    }


@both()
async def test_a_channel_without_videos_has_none_or_is_not_found(http: InProcess, source: str) -> None:
    ask = http.crawler(source).fetch_videos_by_channel(http.channel(NO_VIDEOS_HANDLE).channel_id, 10)
    if source == "youtube138":
        assert (await ask).posts == []
    else:  # the official API has no playlist of uploads then
        with pytest.raises(NotFoundError):
            await ask


@both()
async def test_comments_come_page_by_page_up_to_the_limit(http: InProcess, source: str) -> None:
    parsed = await http.crawler(source).fetch_video_comments(http.video(), 110)
    comments = parsed.of(Comment)
    assert len(comments) == 110
    assert len({comment.comment_id for comment in comments}) == 110
    assert {comment.post_id for comment in comments} == {http.video()}
    assert parsed.problems == []


async def test_comments_that_are_turned_off_are_an_answer(http: InProcess) -> None:
    parsed = await http.crawler("ytapi").fetch_video_comments(http.video(COMMENTS_OFF_HANDLE), 10)
    assert parsed.facts == []
    assert [str(problem) for problem in parsed.problems] == ["comments: turned off under this video"]


@both()
async def test_hits_of_a_search_are_numbered_through_all_pages(http: InProcess, source: str) -> None:
    parsed = await http.crawler(source).search_videos("music", 70)
    hits = parsed.of(SearchHit)
    assert [hit.position for hit in hits] == list(range(1, 71))
    assert {(hit.entity, hit.query) for hit in hits} == {("post", "music")}
    channels = (await http.crawler(source).search_channels("music", 30)).of(SearchHit)
    assert {hit.entity for hit in channels} == {"profile"}
    assert [hit.position for hit in channels] == list(range(1, 31))


async def test_fifty_videos_are_one_request(http: InProcess) -> None:
    ids = [video.video_id for video in http.world.youtube.videos(http.channel())[:49]]
    parsed = await http.crawler("ytapi").fetch_collection_videos("c-1", [*ids, NOBODY])
    assert http.paths() == ["/youtube/v3/videos"]
    assert [post.post_id for post in parsed.posts] == ids
    assert [problem.field for problem in parsed.problems] == [NOBODY]
    assert [item.item_id for item in parsed.of(CollectionItem)] == ids


@both()
async def test_one_missing_channel_of_a_collection_costs_the_others_nothing(
    http: InProcess, source: str
) -> None:
    found = http.channel().channel_id
    parsed = await http.crawler(source).fetch_collection_channels("c-1", [UNKNOWN_CHANNEL_ID, found])
    assert [item.item_id for item in parsed.of(CollectionItem)] == [found]
    assert [problem.field for problem in parsed.problems] == [UNKNOWN_CHANNEL_ID]


async def test_places_in_a_chart_and_a_playlist_go_on_from_page_to_page(http: InProcess) -> None:
    crawler = http.crawler("ytapi")
    chart = await crawler.fetch_trending_videos("IN", 120)
    assert [entry.position for entry in chart.of(ListedPost)] == list(range(1, 121))
    assert [entry.post_id for entry in chart.of(ListedPost)] == [post.post_id for post in chart.posts]
    listed = await crawler.fetch_playlist_items(http.channel().uploads, 60)
    assert [entry.position for entry in listed.of(ListedPost)] == list(range(1, 61))


async def test_insights_are_asked_for_the_last_28_days_unless_told_otherwise(http: InProcess) -> None:
    own = http.channel(CONNECTED_HANDLES[0])
    crawler = http.crawler("ytapi", token=TOKENS[0], user_id=own.channel_id)
    await crawler.fetch_channel_insights(own.handle, own.channel_id)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    query = http.asked[-1].query
    assert (query["startDate"], query["endDate"]) == (str(yesterday - timedelta(days=27)), str(yesterday))
    days = {"start": date(2026, 11, 1), "end": date(2026, 11, 14)}
    found = await crawler.fetch_video_insights(own.handle, http.video(own.handle), **days)
    insights = found.of(Insight)
    assert {insight.end_time.date() for insight in insights} == {date(2026, 11, day) for day in range(2, 16)}
    assert {(insight.subject, insight.subject_id) for insight in insights} == {
        ("post", http.video(own.handle))
    }
    audience = await crawler.fetch_channel_audience(own.handle, own.channel_id, **days)
    assert {fact.breakdown for fact in audience.of(Insight)} == {"age_gender", "country"}
    assert {fact.period for fact in audience.of(Insight)} == {"days_14"}


async def test_a_key_is_no_credential_for_insights(http: InProcess) -> None:
    own = http.channel(CONNECTED_HANDLES[0])
    with pytest.raises(UnsupportedError):
        await http.crawler("ytapi").fetch_channel_insights(own.handle, own.channel_id)
    assert http.asked == []


async def test_a_token_of_another_channel_is_refused(http: InProcess) -> None:
    handle, other = list(connected_channels().items())[1]
    with pytest.raises(RotateCredentialError):
        await http.crawler("ytapi", token=TOKENS[0]).fetch_channel_insights(handle, other["user_id"])


async def test_a_token_opens_public_data_too(http: InProcess) -> None:
    parsed = await http.crawler("ytapi", token=TOKENS[0]).fetch_channel_by_id(http.channel().channel_id)
    assert parsed.profiles[0].handle == "tseries"


FAULTS: list[tuple[str, dict[str, Any], type[UpbeatError]]] = [
    ("429", {}, RotateCredentialError),
    ("401", {}, RotateCredentialError),
    ("500", {}, BackOffError),
    ("timeout", {"seconds": 0.01}, BackOffError),
    ("broken_body", {}, MalformedBodyError),
]


@both()
@pytest.mark.parametrize(("fault", "more", "expected"), FAULTS, ids=[fault for fault, *_ in FAULTS])
async def test_a_fault_is_the_error_of_its_reaction(
    http: InProcess, source: str, fault: str, more: dict[str, Any], expected: type[UpbeatError]
) -> None:
    http.sandbox.faults.add(Fault(source=source, fault=fault, **more))
    crawler = http.crawler(source)
    for ask in (
        crawler.fetch_channel_by_id(http.channel().channel_id),
        crawler.fetch_videos_by_channel(http.channel().channel_id, 5),
        crawler.fetch_video_comments(http.video(), 5),
        crawler.search_channels("music", 5),
    ):
        with pytest.raises(expected) as raised:
            await ask
        if isinstance(raised.value, RotateCredentialError):
            assert raised.value.status == int(fault) or (fault, raised.value.status) == ("401", 403)
            assert raised.value.cool_down > 0


@both()
async def test_a_slow_answer_is_an_answer(http: InProcess, source: str) -> None:
    http.sandbox.faults.add(Fault(source=source, fault="slow", seconds=0.01))
    assert (await http.crawler(source).fetch_channel_by_id(http.channel().channel_id)).profiles


@pytest.mark.parametrize("fault", ["drop_field", "wrong_type"])
@pytest.mark.parametrize(("source", "field"), [("ytapi", "subscriberCount"), ("youtube138", "stats")])
async def test_a_damaged_figure_is_a_problem_and_the_rest_stands(
    http: InProcess, source: str, field: str, fault: str
) -> None:
    http.sandbox.faults.add(Fault(source=source, fault=fault, field=field))
    parsed = await http.crawler(source).fetch_channel_by_id(http.channel().channel_id)
    assert parsed.profiles[0].followers is None
    assert parsed.profiles[0].full_name == "T-Series"
    assert "followers" in [problem.field for problem in parsed.problems]


@pytest.mark.parametrize("fault", ["drop_field", "wrong_type"])
@pytest.mark.parametrize(("source", "field"), [("ytapi", "id"), ("youtube138", "channelId")])
async def test_without_its_id_an_answer_is_malformed(
    http: InProcess, source: str, field: str, fault: str
) -> None:
    http.sandbox.faults.add(Fault(source=source, fault=fault, field=field))
    with pytest.raises(MalformedBodyError):
        await http.crawler(source).fetch_channel_by_id(http.channel().channel_id)


async def test_a_used_up_key_rests_until_the_units_are_there_again(http: InProcess) -> None:
    await http.crawler("ytapi").search_videos("music", 1)
    http.sandbox.limits.change("ytapi", Limit(99, 86_400))
    with pytest.raises(RotateCredentialError) as raised:
        await http.crawler("ytapi").search_videos("music", 1)
    assert raised.value.status == 429
    assert 0 < raised.value.cool_down <= 25 * 3600
