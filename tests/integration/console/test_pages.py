"""The pages of the console over tables as the sync publishes them."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import httpx
import pytest
from pydantic import SecretStr
from tests.console_rows import CAMPAIGN, CREATOR, account, campaign, keep_picture, leader
from tests.integration.api.conftest import MakeKey
from tests.integration.api.published_tables import NOW, publish

from upbeat.console.entry import COOKIE
from upbeat.console.pages import STATIC_VERSION, policy
from upbeat.console.pictures import LARGEST_BYTES
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
    picture = keep_picture(settings)
    assert (await log_in(visitor, make_api_key())).status_code == 303
    shown = {
        "/console/": [
            "aria.cooks", "479,000", "published", "Next page", 'aria-sort="descending"><a href="/console/?platform=INSTAGRAM&amp;sort=-followers_rank">',
            "UPBEAT_UPSTREAM=sandbox",
        ],
        "/console/?search=AR&sort=-engagement_rate&category=&min_followers=": ["aria.cooks", "published"],
        CREATOR_PAGE: [
            "Aria Cooks", "<svg", "Followers by day", "95 % interval 7.1 % to 12.3 %", "sandbox-llm", "sandbox: made up",
            "93 %", "18-24", "by city", "33.0 %", "post1", "home baking", f'<img class="portrait" src="{picture}" alt="Profile picture of aria.cooks" width="96"',
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
        assert ("<img" in answer.text) == path.startswith(CREATOR_PAGE)
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
    told = dict.fromkeys(("handle", "full_name", "biography", "category", "source"), nasty)
    publish(settings, "instagram_account", [account(NOW) | told | {"topics": [nasty]}])
    publish(
        settings,
        "campaign_summary",
        [campaign(date.today()) | {"name": nasty, "brand": nasty, "goal": nasty}],
    )
    keep_picture(settings)
    await log_in(visitor, make_api_key())

    board = await visitor.get("/console/", params={"search": "<script>"})
    pages = [
        board,
        *[
            await visitor.get(path)
            for path in (CREATOR_PAGE, "/console/campaigns", f"/console/campaigns/{CAMPAIGN}")
        ],
    ]

    for page in pages:
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text
        check_outline(page.text, str(page.url))
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
        "/console/settings": (404, "no such page"),
        "/console/static/1/nothing.css": (404, "no such page"),
    }
    for path, (status, text) in refused.items():
        answer = await visitor.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8"), (
            path
        )
        assert text in answer.text, path
        check_outline(answer.text, path)
    assert "No creator fits" in (await visitor.get("/console/?platform=YOUTUBE")).text
    crooked = await visitor.post(
        "/console/login", content=b"x", headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert (crooked.status_code, crooked.headers["content-type"]) == (400, "text/html; charset=utf-8")


async def test_a_page_whose_other_tables_are_empty_or_not_published_yet_says_so_in_lines(
    visitor: httpx.AsyncClient, make_api_key: MakeKey, settings: Settings
) -> None:
    publish(settings, "instagram_account", [account(NOW)])
    publish(settings, "campaign_summary", [{"campaign_id": CAMPAIGN, "name": "Spring"}])
    await log_in(visitor, make_api_key())

    pages = {path: await visitor.get(path) for path in (CREATOR_PAGE, f"/console/campaigns/{CAMPAIGN}")}
    for name in ("campaign_profile", "collection_summary", "campaign_sales"):
        publish(settings, name, [])
    pages["empty"] = await visitor.get(f"/console/campaigns/{CAMPAIGN}")
    publish(
        settings, "collection_summary", [{"collection_id": "c", "name": "Reels", "campaign_id": CAMPAIGN}]
    )
    for name in ("collection_post", "collection_cost"):
        publish(settings, name, [])
    pages["without posts"] = await visitor.get(f"/console/campaigns/{CAMPAIGN}")

    told = {
        CREATOR_PAGE: [
            "Fewer than two days are known",
            "not published yet",
            "No audience of this creator was scored",
        ],
        f"/console/campaigns/{CAMPAIGN}": ["not published yet", "no budget stated"],
        "empty": ["No creator is named", "No collection belongs to this campaign", "No order came"],
        "without posts": ["No post is known", "No cost is stated"],
    }
    for path, texts in told.items():
        assert pages[path].status_code == 200, path
        check_outline(pages[path].text, path)
        for text in texts:
            assert text in pages[path].text, (path, text)


async def test_a_picture_is_shown_where_a_browser_can_and_the_page_stays_small(
    visitor: httpx.AsyncClient, make_api_key: MakeKey, settings: Settings
) -> None:
    publish(settings, "instagram_account", [account(NOW)])
    await log_in(visitor, make_api_key())
    large = keep_picture(settings, LARGEST_BYTES + 1)

    page = (await visitor.get(CREATOR_PAGE)).text
    assert "<img" not in page
    assert f'<a href="{large}">Profile picture</a> (100 kB)' in page

    state = visitor._transport.app.state.upbeat  # type: ignore[attr-defined]
    key = keep_picture(settings).removeprefix("/assets/")
    shown = {
        ("image/jpeg", "https://cdn.test/u"): f"https://cdn.test/u/{key}",
        ("image/jpeg", ""): f"/assets/{key}",
        ("image/heic", ""): None,
        ("video/mp4", "https://cdn.test"): None,
        (None, ""): None,
    }
    for (kind, base), address in shown.items():
        with transaction(settings) as connection:
            # The address of the day on which it was stored is not asked for.
            connection.execute(
                "UPDATE beat.asset SET cdn_url = 'https://old-cdn.test/c.jpg', content_type = %s", (kind,)
            )
        state.settings = settings.model_copy(update={"asset_base_url": base})
        answer = await visitor.get(CREATOR_PAGE)
        assert re.findall(r'<img [^>]*src="([^"]+)"', answer.text) == ([address] if address else []), kind
        cdn = "https://cdn.test" if base else None
        assert answer.headers["content-security-policy"] == policy("'none'", cdn)

    own = keep_picture(settings)
    state.settings = settings
    with transaction(settings) as connection:
        connection.execute("UPDATE beat.asset SET content_type = 'image/jpeg'")
    mounted = httpx.ASGITransport(visitor._transport.app, root_path="/upbeat")  # type: ignore[attr-defined]
    async with httpx.AsyncClient(
        transport=mounted, base_url="https://upbeat.test", cookies={COOKIE: visitor.cookies[COOKIE]}
    ) as inside:
        answer = await inside.get(f"/upbeat{CREATOR_PAGE}")
    assert f'src="/upbeat{own}"' in answer.text
    assert f'href="/upbeat/console/static/{STATIC_VERSION}/console.css"' in answer.text


async def test_what_pages_load_is_kept_by_browsers_only_under_the_address_of_its_version(
    visitor: httpx.AsyncClient,
) -> None:
    for name, kind in (("console.css", "text/css; charset=utf-8"), ("icon.svg", "image/svg+xml")):
        now = await visitor.get(f"/console/static/{STATIC_VERSION}/{name}")
        of_another_release = await visitor.get(f"/console/static/0123456789ab/{name}")
        assert now.content == of_another_release.content
        assert now.headers["content-type"] == kind
        assert now.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert of_another_release.headers["cache-control"] == "no-store"


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
    for told, secure in (("https", True), ("https, http", True), ("http", False)):
        answer = await visitor.post(
            "http://upbeat.test/console/login", data={"key": reader}, headers={"X-Forwarded-Proto": told}
        )
        assert ("; Secure" in answer.headers["set-cookie"]) == secure, told
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
    # Too long to come back to: the login is still there.
    assert (await visitor.get(f"/console/login?next=/console/?search={'a' * 5_000}")).status_code == 200
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
    assert "ClickHouse does not answer" in page.text
    assert "in memory" in page.text
    assert "The queue is empty" in page.text
    assert "Published tables" in page.text


@pytest.mark.parametrize("address", ["/", "/console"])
async def test_the_address_of_the_server_leads_to_the_console(
    visitor: httpx.AsyncClient, address: str
) -> None:
    answer = await visitor.get(address)

    assert (answer.status_code, answer.headers["location"]) == (307, "/console/")
