"""Follows `docs/how-to/add-a-source.md` for real: its file, its body, its chain, its credential."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.crawlers.local_server import http_answer, local_server
from typer.testing import CliRunner

from upbeat.cli import app
from upbeat.crawlers import instagram, registry
from upbeat.crawlers.fallback import FallbackChain
from upbeat.crawlers.http import Capture, UpstreamHttp
from upbeat.credentials import CredentialCipher, CredentialPool, store
from upbeat.flows import flow_named
from upbeat.ratelimit import parse_rate
from upbeat.ratelimit.from_settings import limiter_of
from upbeat.settings import REPOSITORY, Settings
from upbeat.stores.postgres import async_pool

PAGE = REPOSITORY / "docs" / "how-to" / "add-a-source.md"
MODULE = "example_scraper"


def block(language: str) -> str:
    """The first block of code of a language on the page."""
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert found is not None
    return found[1]


@pytest.fixture
def added_file(tmp_path: Path) -> Iterator[Path]:
    """The page's file, where the registry looks; gone again afterwards."""
    file = tmp_path / f"{MODULE}.py"
    file.write_text(block("python"), encoding="utf-8")
    instagram.__path__.append(str(tmp_path))
    registry.crawler_classes.cache_clear()
    yield file
    instagram.__path__.remove(str(tmp_path))
    sys.modules.pop(f"{instagram.__name__}.{MODULE}", None)
    vars(instagram).pop(MODULE, None)
    registry.crawler_classes.cache_clear()


def test_the_page_names_the_file_that_it_shows() -> None:
    assert f"plugins/upbeat/crawlers/instagram/{MODULE}.py" in PAGE.read_text(encoding="utf-8")


def test_one_file_makes_a_source_that_parses(added_file: Path, tmp_path: Path) -> None:
    cls = registry.crawler_class("example-scraper")
    assert parse_rate(cls.default_limit).amount == 100
    body = tmp_path / "body.json"
    body.write_text(block("json"), encoding="utf-8")
    run = CliRunner().invoke(app, ["parse", "example-scraper", "profile", str(body)])
    record = json.loads(run.stdout)
    assert (record["profile_id"], record["handle"], record["is_verified"]) == ("787132", "natgeo", True)
    assert (record["followers"], record["following"], record["media_count"]) == (274_900_000, 193, 31_529)


async def test_one_file_makes_a_source_that_a_chain_asks(added_file: Path, settings: Settings) -> None:
    flow = flow_named("instagram.profile_by_handle")
    store.upsert(settings, "example-scraper", {"key": "my-key"})
    async with local_server(lambda path: http_answer(block("json").encode())) as server:
        own = settings.model_copy(
            update={
                "source_chains": {flow.key: ["example-scraper", "lama"]},
                "source_urls": {"example-scraper": server.url},
            }
        )
        http, limiter = UpstreamHttp(own), limiter_of(own)
        async with async_pool(own) as connections:
            pool = CredentialPool(connections, CredentialCipher(own))
            result = await FallbackChain(own, http, limiter, pool).run(flow, {"handle": "natgeo"}, Capture())
        await http.close()
        await limiter.close()
    assert (result.source, result.parsed.profiles[0].followers) == ("example-scraper", 274_900_000)
    assert server.requests[0].startswith("GET /v2/creator/natgeo HTTP/1.1")
    assert "x-api-key: my-key" in server.requests[0].lower()


def test_without_the_file_there_is_no_such_source() -> None:
    assert "example-scraper" not in registry.crawler_classes()
