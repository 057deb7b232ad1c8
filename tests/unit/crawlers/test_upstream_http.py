"""The client, against a real server on loopback."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import logging
import traceback
import tracemalloc
from dataclasses import replace

import pytest
from tests.unit.crawlers.local_server import http_answer, local_server

from upbeat.crawlers.http import Capture, UpstreamHttp, UpstreamRequest
from upbeat.crawlers.instagram.rapidapi_igdata import RapidApiIgData
from upbeat.errors import BackOffError, MalformedBodyError, RotateCredentialError
from upbeat.records import PayloadKind
from upbeat.settings import Settings

SECRET = "very-secret-key"


def request(source: str = "lama", **query: str) -> UpstreamRequest:
    return UpstreamRequest(
        source=source,
        kind=PayloadKind.PROFILE,
        base_url="https://lama.sandbox/v",
        path="/user",
        query=query,
        params={"handle": "x"},
        headers={"X-Key": SECRET},
    )


def client(url: str, seconds: float = 5.0) -> UpstreamHttp:
    return UpstreamHttp(
        Settings(source_urls={"lama": url, "rapidapi-igdata": url}, upstream_timeout_seconds=seconds)
    )


async def test_an_answer_of_any_status_is_kept_without_the_secret() -> None:
    async with local_server(lambda path: http_answer(b'{"a": 1}', 503)) as server:
        http, capture = client(server.url), Capture()
        answer = await http.get(request(username="a&b", q="ü{x}"), capture)
        await http.close()
    assert (answer.status, answer.body) == (503, b'{"a": 1}')
    kept = capture.payloads[0]
    assert (kept.source, kept.status, kept.body, kept.params) == ("lama", 503, b'{"a": 1}', {"handle": "x"})
    assert kept.url == f"{server.url}/user?username=a%26b&q=%C3%BC%7Bx%7D"
    assert f"x-key: {SECRET}" in server.requests[0].lower()
    assert SECRET not in repr(capture)
    assert SECRET not in repr(request())


async def test_a_secret_that_only_an_address_can_bear_is_sent_and_not_kept() -> None:
    asked = replace(request(part="id"), secret_query={"input_token": f"{SECRET}&more"})
    async with local_server(lambda path: http_answer(b"{}", 200)) as server:
        http, capture = client(server.url), Capture()
        await http.get(asked, capture)
        await http.close()
    assert f"/user?part=id&input_token={SECRET}%26more " in server.requests[0]
    assert capture.payloads[0].url == f"{server.url}/user?part=id&input_token=hidden"
    assert SECRET not in repr(capture)
    assert SECRET not in repr(asked)


async def test_a_body_that_repeats_the_secret_is_kept_without_it() -> None:
    body = f'{{"next": "https://x.invalid/?access_token={SECRET}&after=1"}}'.encode()
    async with local_server(lambda path: http_answer(body)) as server:
        http, capture = client(server.url), Capture()
        answer = await http.get(request(), capture)
        await http.close()
    assert answer.body == b'{"next": "https://x.invalid/?access_token=***&after=1"}'
    assert capture.payloads[0].body == answer.body


async def test_a_time_out_is_a_passing_failure_and_bounds_the_whole_exchange() -> None:
    slow = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nab"
    async with local_server(lambda path: slow) as server:
        http, capture = client(server.url, 0.2), Capture()
        with pytest.raises(BackOffError, match=r"no answer within 0\.2 s"):
            await http.get(request(), capture)
        await http.close()
    assert capture.payloads == []


async def test_no_connection_is_a_passing_failure() -> None:
    async with local_server(lambda path: b"") as server:
        http = client(server.url)
        with pytest.raises(BackOffError, match="no connection"):
            await http.get(request(), Capture())
    with pytest.raises(BackOffError, match="no connection"):
        await http.get(request(), Capture())
    await http.close()


async def test_a_body_whose_compression_is_broken_is_malformed_and_kept() -> None:
    async with local_server(lambda path: http_answer(b"not gzip", 200, "content-encoding: gzip")) as server:
        http, capture = client(server.url), Capture()
        with pytest.raises(MalformedBodyError):
            await http.get(request(), capture)
        await http.close()
    assert [(payload.status, payload.body) for payload in capture.payloads] == [(200, b"not gzip")]


async def test_a_compressed_body_is_kept_as_what_it_says() -> None:
    body = gzip.compress(b'{"a": 1}')
    async with local_server(lambda path: http_answer(body, 200, "content-encoding: gzip")) as server:
        http, capture = client(server.url), Capture()
        assert (await http.get(request(), capture)).body == b'{"a": 1}'
        await http.close()
    assert capture.payloads[0].body == b'{"a": 1}'


async def test_a_source_may_archive_less_than_the_body_and_still_read_all_of_it() -> None:
    async with local_server(lambda path: http_answer(b'{"email": "a@b.c"}', 500)) as server:
        http, capture = client(server.url), Capture()
        asked = dataclasses.replace(request(), archived_body=lambda body: b"{}")
        assert (await http.get(asked, capture)).body == b'{"email": "a@b.c"}'
        await http.close()
    assert [payload.body for payload in capture.payloads] == [b"{}"]


async def test_cookies_do_not_tie_credentials_together() -> None:
    async with local_server(lambda path: http_answer(b"{}", 200, "set-cookie: session=1; Path=/")) as server:
        http = client(server.url)
        for _ in range(2):
            await http.get(request(), Capture())
        await http.close()
    assert len(server.requests) == 2
    assert "cookie" not in server.requests[1].lower()


@pytest.mark.parametrize("key", [f"{SECRET}\n", f"{SECRET}\u0101", f"a{SECRET}\x00", ""])
async def test_a_key_that_no_header_may_hold_is_at_fault_and_is_not_quoted(key: str) -> None:
    async with local_server(lambda path: http_answer(b"{}")) as server:
        http = client(server.url)
        with pytest.raises(RotateCredentialError) as caught:
            await RapidApiIgData(http, Capture(), {"key": key}).fetch_profile_by_handle("x")
        await http.close()
    assert server.requests == []
    assert SECRET not in "".join(traceback.format_exception(caught.value))


async def test_a_password_in_the_address_of_a_source_is_not_archived() -> None:
    async with local_server(lambda path: http_answer(b"{}")) as server:
        http, capture = client(server.url.replace("//", f"//me:{SECRET}@")), Capture()
        await http.get(request(), capture)
        await http.close()
    assert "authorization: basic" in server.requests[0].lower()
    assert SECRET not in repr(capture)


async def test_redirects_are_not_followed() -> None:
    async with local_server(lambda path: http_answer(b"", 302, "location: http://127.0.0.1:1/")) as server:
        http = client(server.url)
        assert (await http.get(request(), Capture())).status == 302
        await http.close()


async def test_the_key_never_reaches_a_log_or_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with local_server(lambda path: http_answer(b'{"message": "Invalid API key"}', 401)) as server:
        http, capture = client(server.url), Capture()
        crawler = RapidApiIgData(http, capture, {"key": SECRET})
        with pytest.raises(RotateCredentialError) as caught:
            await crawler.fetch_profile_by_handle("x")
        await http.close()
    assert f"x-rapidapi-key: {SECRET}" in server.requests[0].lower()
    for place in (caplog.text, str(caught.value), repr(caught.value), repr(capture)):
        assert SECRET not in place


async def test_connections_are_kept_open_and_as_many_as_are_used_at_once() -> None:
    async with local_server(lambda path: http_answer(b"{}"), stuck_seconds=0.02) as server:
        http = client(server.url)
        for _ in range(5):
            await http.get(request(), Capture())
        assert server.connections == 1
        for _ in range(3):
            await asyncio.gather(*(http.get(request(), Capture()) for _ in range(4)))
        assert server.connections == 4
        await http.close()
    assert len(server.requests) == 17


async def test_a_connection_that_the_server_closed_is_opened_anew() -> None:
    async with local_server(lambda path: http_answer(b"{}", 200, "connection: close")) as server:
        http = client(server.url)
        for _ in range(3):
            assert (await http.get(request(), Capture())).status == 200
        await http.close()
    assert server.connections == 3


async def test_requests_go_to_the_sandbox_unless_a_setting_says_otherwise() -> None:
    for settings, expected in (
        (Settings(upstream="sandbox", sandbox_port=1234), "http://127.0.0.1:1234/lama.sandbox/v/user"),
        (Settings(upstream="live"), "https://lama.sandbox/v/user"),
        (Settings(source_urls={"lama": "http://my.lama/"}), "http://my.lama/user"),
    ):
        assert UpstreamHttp(settings).url(request()) == expected


async def test_a_body_without_end_is_refused_before_it_fills_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("upbeat.crawlers.http.MAX_BODY", 1000)
    async with local_server(lambda path: http_answer(b"x" * 5000)) as server:
        http = client(server.url)
        with pytest.raises(MalformedBodyError, match="the body is larger than"):
            await http.get(request(), Capture())
        await http.close()


async def test_a_small_body_that_unpacks_to_very_much_is_refused_before_it_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("upbeat.crawlers.http.MAX_BODY", 1_000_000)
    bomb = gzip.compress(bytes(200_000_000))
    assert len(bomb) < 1_000_000
    async with local_server(lambda path: http_answer(bomb, 200, "content-encoding: gzip")) as server:
        http, capture = client(server.url), Capture()
        tracemalloc.start()
        with pytest.raises(MalformedBodyError, match="unpacks to more than"):
            await http.get(request(), capture)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        await http.close()
    assert most < 20_000_000
