"""The pages of the console over tables as the sync publishes them."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import httpx
import pytest
from pydantic import SecretStr
from tests.console_rows import CAMPAIGN, CREATOR, account, leader
from tests.integration.api.conftest import MakeKey
from tests.integration.api.published_tables import NOW, publish

from upbeat.console.entry import COOKIE
from upbeat.console.pages import policy
from upbeat.credentials import store
from upbeat.settings import Settings
from upbeat.stores.postgres import transaction
from upbeat.web import create_web

CREATOR_PAGE = f"/console/creators/INSTAGRAM/{CREATOR}"


async def log_in(visitor: httpx.AsyncClient, key: str, wanted: str = "") -> httpx.Response:
    return await visitor.post("/console/login", data={"key": key, "next": wanted})


class Outline(HTMLParser):
    """What a screen reader would complain of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def outline(text: str) -> Outline:
    found = Outline()
    found.feed(text)
    return found


@pytest.mark.usefixtures("published")
async def test_every_page_shows_its_figures_and_when_they_were_seen_and_loads_nothing_from_elsewhere(
    visitor: httpx.AsyncClient, make_api_key: MakeKey, settings: Settings
) -> None:
    store.upsert(settings, "graphapi", {"user_id": "178414", "token": "not-to-be-shown-4711"}, "aria.cooks")
    assert (await log_in(visitor, make_api_key())).status_code == 303
    shown = {
        "/console/": ["aria.cooks", "479,000", "published", "Next page"],
        "/console/?search=AR&sort=-engagement_rate&category=&min_followers=": ["aria.cooks", "published"],
        CREATOR_PAGE: [
            "Aria Cooks", "<svg", "Followers by day", "95 % interval 7.1 % to 12.3 %", "sandbox-llm", "sandbox: made up",
            "93 %", "18-24", "post1",
        ],
        f"{CREATOR_PAGE}?explain=true": ["what each figure is made of", "mart_instagram_account@"],
        "/console/campaigns": ["Spring kitchen", "7,450.50 EUR"],
        f"/console/campaigns/{CAMPAIGN}": ["Saffron &amp; Sons", "62.1 %", "bharat.codes", "Cx1aB", "not collected yet", "1,800.00 EUR"],
        "/console/operations": ["The queue is empty", "graphapi", "aria.cooks", "1 of 1", "global daily", "leaderboard", "never filled"],
    }  # fmt: skip
    for path, texts in shown.items():
        answer = await visitor.get(path)
        assert answer.status_code == 200, (path, answer.text)
        for text in texts:
            assert text in answer.text, (path, text)
        assert "not-to-be-shown" not in answer.text
        assert answer.headers["content-security-policy"] == policy("'none'")
        assert answer.headers["cache-control"] == "no-store"
        check_outline(answer.text, path)
    assert "chai" not in (await visitor.get("/console/?search=AR")).text


def check_outline(text: str, path: str) -> None:
    """Landmarks, labels, captions and scopes are there; nothing needs a script, an inline style or another host."""
    found = outline(text)
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids)), path
    assert len(found.of("main")) == len(found.of("header")) == len(found.of("h1")) == 1, path
    assert found.of("a")[0] == {"class": "skip", "href": "#main"}, path
    labels = {attributes.get("for") for attributes in found.of("label")}
    for field in [*found.of("input"), *found.of("select")]:
        assert field.get("type") == "hidden" or field.get("id") in labels, (path, field)
    assert len(found.of("table")) == len(found.of("caption")), path
    assert all(attributes.get("scope") in ("col", "row") for attributes in found.of("th")), path
    for drawing in found.of("svg"):
        assert drawing["role"] == "img", path
        assert set(str(drawing["aria-labelledby"]).split()) <= set(ids), path
    assert not found.of("script"), path
    assert not any("style" in attributes for _, attributes in found.tags), path
    addresses = [attributes.get(name) for _, attributes in found.tags for name in ("href", "src", "action")]
    assert not [one for one in addresses if one and re.match(r"[a-z]+:|//", one)], path


async def test_texts_of_creators_cannot_become_part_of_the_page(
    visitor: httpx.AsyncClient, make_api_key: MakeKey, settings: Settings
) -> None:
    nasty = "<script>alert(1)</script>\"'&"
    publish(
        settings,
        "leaderboard",
        [leader(1, NOW) | {"handle": nasty, "full_name": nasty, "profile_id": "a/b?c"}],
    )
    publish(settings, "instagram_account", [account(NOW) | {"full_name": nasty, "topics": [nasty]}])
    await log_in(visitor, make_api_key())

    board = await visitor.get("/console/", params={"search": "<script>"})
    page = await visitor.get(CREATOR_PAGE)

    assert "<script" not in board.text + page.text
    assert "&lt;script&gt;alert(1)" in board.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert 'href="/console/creators/INSTAGRAM/a%2Fb%3Fc"' in board.text


async def test_what_cannot_be_shown_is_a_page_that_says_why(
    visitor: httpx.AsyncClient, make_api_key: MakeKey, settings: Settings
) -> None:
    await log_in(visitor, make_api_key())
    assert "not published yet" in (await visitor.get("/console/")).text
    publish(settings, "leaderboard", [])
    publish(settings, "instagram_account", [])
    publish(settings, "campaign_summary", [])
    refused = {
        "/console/?platform=ORKUT": (422, "query.platform"),
        "/console/?min_followers=many": (422, "query.min_followers"),
        "/console/?colour=red": (422, "query.colour"),
        "/console/?search=%00": (422, "query.search"),
        "/console/?cursor=AAAA": (400, "cursor"),
        "/console/creators/ORKUT/1": (422, "path.platform"),
        "/console/creators/INSTAGRAM/nobody": (404, "no profile nobody"),
        "/console/campaigns/none": (404, "no campaign none"),
    }
    for path, (status, text) in refused.items():
        answer = await visitor.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), (
            path
        )
        assert text in answer.text, path
        check_outline(answer.text, path)
    assert "No creator fits" in (await visitor.get("/console/?platform=YOUTUBE")).text


async def test_a_visitor_needs_a_key_with_the_scope_of_the_page_and_is_out_when_it_is_revoked(
    visitor: httpx.AsyncClient, make_api_key: MakeKey, settings: Settings
) -> None:
    wanted = await visitor.get("/console/campaigns?status=ACTIVE")
    assert wanted.status_code == 303
    assert wanted.headers["location"] == "/console/login?next=%2Fconsole%2Fcampaigns%3Fstatus%3DACTIVE"
    assert 'value="/console/campaigns?status=ACTIVE"' in (await visitor.get(wanted.headers["location"])).text

    reader = make_api_key(scopes=["read"])
    for key in (
        "",
        "upb_nobody_00",
        reader[:-1] + ("0" if reader[-1] != "0" else "1"),
        make_api_key(scopes=["events"]),
    ):
        refused = await log_in(visitor, key)
        assert (refused.status_code, COOKIE in visitor.cookies) == (401, False)
        assert not key or key not in refused.text
    landed = await log_in(visitor, reader, "/console/campaigns?status=ACTIVE")
    assert landed.headers["location"] == "/console/campaigns?status=ACTIVE"
    cookie = landed.headers["set-cookie"]
    assert all(
        part in cookie for part in ("HttpOnly", "SameSite=strict", "Secure", "Path=/console", "Max-Age=3600")
    )
    assert reader.rsplit("_", 1)[1] not in cookie
    assert (await visitor.get("/console/campaigns")).status_code == 200
    forbidden = await visitor.get("/console/operations")
    assert forbidden.status_code == 403
    assert "lacks the scope `operations`" in forbidden.text
    assert 'href="/console/operations"' not in forbidden.text
    # The cookie opens pages, and no data of the API.
    assert (await visitor.get("/v1/leaderboard?platform=INSTAGRAM")).status_code == 401

    with transaction(settings) as connection:
        connection.execute("UPDATE beat.api_key SET revoked_at = now()")
    # Another process, or this one a few seconds later: keys are remembered for so long.
    app = create_web(settings)
    cookies = {COOKIE: visitor.cookies[COOKIE]}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://upbeat.test", cookies=cookies
    ) as later:
        assert (await later.get("/console/campaigns")).status_code == 303
    await app.state.upbeat.close()
    assert (await visitor.post("/console/logout")).status_code == 303
    assert COOKIE not in visitor.cookies


async def test_no_link_or_form_of_another_site_leads_a_visitor_astray(
    visitor: httpx.AsyncClient, make_api_key: MakeKey
) -> None:
    key = make_api_key()
    for wanted in (
        "https://evil.test/",
        "//evil.test/console/",
        "/console/../v1",
        "/console/\\evil",
        "/console/\r\nX: y",
        "/v1/",
    ):
        assert (await log_in(visitor, key, wanted)).headers["location"] == "/console/"
    for path in ("/console/login", "/console/logout"):
        crossed = await visitor.post(path, data={"key": key}, headers={"Sec-Fetch-Site": "cross-site"})
        assert crossed.status_code == 403


async def test_a_key_of_one_account_sees_its_campaigns_and_no_operations(
    visitor: httpx.AsyncClient, make_api_key: MakeKey, settings: Settings
) -> None:
    publish(settings, "campaign_summary", [{"campaign_id": CAMPAIGN, "name": "Spring", "account_id": "a1"}])
    await log_in(visitor, make_api_key(account_id="a2"))

    assert "Spring" not in (await visitor.get("/console/campaigns")).text
    assert (await visitor.get(f"/console/campaigns/{CAMPAIGN}")).status_code == 404
    assert (await visitor.get("/console/operations")).status_code == 403


async def test_the_operations_page_says_which_store_is_away_and_shows_the_rest(
    visitor: httpx.AsyncClient, make_api_key: MakeKey, settings: Settings
) -> None:
    await log_in(visitor, make_api_key())
    state = visitor._transport.app.state.upbeat  # type: ignore[attr-defined]
    state.settings = settings.model_copy(
        update={"clickhouse_port": 9, "redis_url": SecretStr("redis://127.0.0.1:9/0")}
    )

    page = await visitor.get("/console/operations")

    assert page.status_code == 200
    assert page.text.count('role="alert"') >= 2
    assert "The queue is empty" in page.text
    assert "Published tables" in page.text
