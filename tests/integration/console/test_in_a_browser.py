"""The console in Chromium: by keyboard alone, in light and dark, and what it loads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.console_browser import context_of, log_in, require_chromium, running_browser, served_console
from tests.console_rows import CAMPAIGN, CREATOR, keep_picture, publish_everything
from tests.integration.api.conftest import MakeKey

from upbeat.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page

PAGES = {
    "leaderboard": "/console/",
    "creator": f"/console/creators/INSTAGRAM/{CREATOR}",
    "campaign": f"/console/campaigns/{CAMPAIGN}",
    "operations": "/console/operations",
}
LARGEST_VIEW = 200_000
# Texts against the ground behind them, by WCAG 2.2, 1.4.3: 4.5:1, and 3:1 for large ones.
PALE_TEXTS = """() => {
  const light = part => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const parts = colour => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const ground = element => {
    for (; element; element = element.parentElement) {
      const found = parts(getComputedStyle(element).backgroundColor);
      if (found.length < 4 || found[3] === 1) return found;
    }
    return [255, 255, 255];
  };
  const pale = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.matches("title, desc")) continue;
    const style = getComputedStyle(element);
    const [one, other] = [luminance(parts(element.ownerSVGElement ? style.fill : style.color)), luminance(ground(element))];
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (contrast < (large ? 3 : 4.5)) pale.push([element.textContent.trim().slice(0, 40), contrast]);
  }
  return pale;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running_browser(require_chromium()) as browser:
        yield browser


@pytest.fixture
def base(settings: Settings) -> Iterator[str]:
    publish_everything(settings)
    keep_picture(settings)
    with served_console(settings) as address:
        yield address


def focused(page: Page) -> Any:
    return page.evaluate(
        "[document.activeElement.tagName, document.activeElement.textContent.trim().slice(0, 40)]"
    )


def tab_to(page: Page, text: str) -> None:
    """Press Tab until an element of this text has the focus, which must then be seen."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if focused(page)[1] == text:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
            return
    pytest.fail(f"no Tab leads to {text!r}; the focus ended on {focused(page)}")


@pytest.mark.timeout(400)
def test_a_keyboard_alone_leads_from_the_login_over_a_search_to_a_creator(
    browser: Browser, base: str, make_api_key: MakeKey
) -> None:
    page = context_of(browser, "light").new_page()
    page.set_default_timeout(120_000)
    log_in(page, base, make_api_key(scopes=["read"]))
    page.keyboard.press("Tab")
    assert focused(page) == ["A", "Skip to the content"]
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.labels[0].textContent") == "Handle begins with"
    page.keyboard.type("ARIA")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/?search=ARIA&**")
    assert page.get_by_role("row").count() == 2
    tab_to(page, "aria.cooks")
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="aria.cooks").wait_for()
    page.wait_for_load_state()
    tab_to(page, "Followers by day: the figures as a table")
    page.keyboard.press("Enter")
    assert page.get_by_role("table", name="Followers by day").get_by_role("row").count() == 121
    portrait = page.get_by_role("img", name="Profile picture of aria.cooks")
    assert portrait.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") > 0
    assert "Operations" not in page.get_by_role("navigation", name="Console").inner_text()


def _note(told: list[str], message: ConsoleMessage) -> None:
    # What a Content-Security-Policy refuses is an error; advice is not.
    if message.type in ("error", "warning"):
        told.append(message.text)


@pytest.mark.timeout(600)
def test_every_page_reads_well_in_light_and_dark_and_loads_little_and_nothing_from_elsewhere(
    browser: Browser, base: str, make_api_key: MakeKey, tmp_path: Path
) -> None:
    key = make_api_key()
    grounds = set()
    for scheme in ("light", "dark"):
        context = context_of(browser, scheme)
        page = context.new_page()
        page.set_default_timeout(120_000)
        complaints: list[str] = []
        addresses: list[str] = []
        page.on("console", lambda message, told=complaints: _note(told, message))
        page.on("request", lambda request, seen=addresses: seen.append(request.url))
        log_in(page, base, key)
        for name, path in PAGES.items():
            answer = page.goto(base + path)
            assert answer is not None
            assert answer.status == 200
            assert len(answer.body()) < LARGEST_VIEW
            assert page.evaluate(PALE_TEXTS) == [], (name, scheme)
            page.set_viewport_size({"width": 390, "height": 850})
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, name
            page.set_viewport_size({"width": 1200, "height": 850})
            page.screenshot(path=tmp_path / f"{name}-{scheme}.png")
        grounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert not complaints
        assert {address.startswith((f"{base}/console/", f"{base}/assets/")) for address in addresses} == {
            True
        }
        context.close()
    assert len(grounds) == 2
