"""The console in a real browser: Debian's Chromium, driven by Playwright, against `upbeat api`'s application on loopback."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import pytest

from upbeat.api.server import listen
from upbeat.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

NO_CHROMIUM = "no Chromium is installed"
INSTALL = "`apt-get install chromium` runs it"
Scheme = Literal["light", "dark"]


def require_chromium() -> str:
    """The program; skips the test, with the way to run it, where there is none (fails it in CI)."""
    program = shutil.which("chromium")
    if program is None:
        if os.environ.get("CI", "").lower() in ("true", "1"):
            pytest.fail(f"{NO_CHROMIUM} (CI is set: a missing browser is a failure)", pytrace=False)
        pytest.skip(f"{NO_CHROMIUM}: {INSTALL}")
    return program


@contextmanager
def running_browser(program: str) -> Iterator[Browser]:
    """A browser without a window, which ends with the block."""
    from playwright.sync_api import sync_playwright

    # Chromium's own sandbox refuses root, as whom containers run tests.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments, timeout=240_000)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def served_console(settings: Settings) -> Iterator[str]:
    """The address of the application, served by a thread of this process until the block ends."""
    import uvicorn

    from upbeat.web import create_web

    with listen("127.0.0.1", 0) as socket:
        server = uvicorn.Server(uvicorn.Config(create_web(settings), log_level="warning", lifespan="on"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([socket])))
        thread.start()
        try:
            yield f"http://127.0.0.1:{socket.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def context_of(browser: Browser, scheme: Scheme) -> BrowserContext:
    """A visitor of its own who prefers these colours."""
    return browser.new_context(color_scheme=scheme, viewport={"width": 1200, "height": 850})


def log_in(page: Page, base: str, key: str) -> None:
    """By the form, with the keyboard; afterwards the leaderboard is shown, as a whole: Tab leads only to what was read by then."""
    page.goto(f"{base}/console/")
    page.get_by_label("API key").focus()
    page.keyboard.type(key)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Leaderboard").wait_for()
    page.wait_for_load_state()
