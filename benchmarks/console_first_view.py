"""How much does the first view of the console load, and how long until its text is painted?

Debian's Chromium on loopback; the application of `upbeat api` is served by a thread of this process, beside the program that drives the
browser. A new browser profile for each view and no cache. The bytes are those on the wire, headers included, as Chromium counts them (CDP, `Network.loadingFinished`); the
time is from the start of the navigation to the largest contentful paint. The leaderboard has 50 rows; the creator two charts, and the
largest picture that a page shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.console_browser import context_of, log_in, require_chromium, running_browser, served_console
from tests.console_rows import CAMPAIGN, CREATOR, keep_picture, publish_everything

from benchmarks.private_stack import private_stack
from benchmarks.rows import Row
from upbeat.api.keys import create
from upbeat.console.pictures import LARGEST_BYTES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VIEWS = 7
BYTES = 200_000
SECONDS = 1.0
PAGES = {
    "leaderboard": "/console/",
    "creator": f"/console/creators/INSTAGRAM/{CREATOR}",
    "campaign": f"/console/campaigns/{CAMPAIGN}",
}
PAINTED = """() => new Promise(resolve => new PerformanceObserver(list =>
    resolve(list.getEntries().at(-1).startTime)).observe({type: "largest-contentful-paint", buffered: true}))"""


def run(say: Callable[[str], None]) -> list[Row]:
    """Each page several times, with a browser profile of its own."""
    rows = []
    with (
        private_stack(["postgres", "redis", "s3"], api_secret="x" * 32) as settings,
        running_browser(require_chromium()) as browser,
        served_console(settings) as base,
    ):
        publish_everything(settings, creators=200)
        keep_picture(settings, LARGEST_BYTES)
        key = create(settings, "benchmark", ["read"]).text
        for name, path in PAGES.items():
            seen = [_view(browser, base, key, path) for _ in range(VIEWS)]
            say(
                f"{name}: {max(size for size, _ in seen):,} bytes, {max(took for _, took in seen):.2f} s at most"
            )
            rows += [
                _row(f"{name}, transferred", "bytes", [size for size, _ in seen], BYTES),
                _row(f"{name}, painted", "s", [took for _, took in seen], SECONDS),
            ]
    return rows


def _row(what: str, unit: str, figures: list[float], target: float) -> Row:
    note = f"{VIEWS} first views, the server's very first among them"
    return Row(
        what=what,
        unit=unit,
        ours=figures,
        peer=[],
        peer_name="",
        target=target,
        lower_is_better=True,
        note=note,
    )


def _view(browser: Browser, base: str, key: str, path: str) -> tuple[float, float]:
    """Bytes and seconds of a page that this profile has not seen; the style sheet comes again as well."""
    context = context_of(browser, "light")
    page = context.new_page()
    log_in(page, base, key)
    wire = context.new_cdp_session(page)
    sizes: list[float] = []
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    wire.send("Network.enable")
    wire.send("Network.setCacheDisabled", {"cacheDisabled": True})
    page.goto(base + path, wait_until="networkidle")
    painted = page.evaluate(PAINTED) / 1_000
    context.close()
    return sum(sizes), painted
