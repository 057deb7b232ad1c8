"""Following cursors, with a hand-written source of pages."""

from __future__ import annotations

from datetime import UTC, datetime

from upbeat.crawlers.paging import MAX_PAGES, collect_pages
from upbeat.records import Parsed, Platform, Post


def posts(*numbers: int) -> list[Post]:
    return [
        Post(
            platform=Platform.INSTAGRAM,
            post_id=str(number),
            profile_id="1",
            handle="x",
            source="fake",
            observed_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        for number in numbers
    ]


class Pages:
    """Pages by cursor; notes which were asked for."""

    def __init__(self, pages: dict[str | None, Parsed]) -> None:
        self.pages = pages
        self.asked: list[str | None] = []

    async def __call__(self, cursor: str | None, _offset: int) -> Parsed:
        self.asked.append(cursor)
        found = self.pages[cursor]
        return Parsed(posts=list(found.posts), next_cursor=found.next_cursor)


async def test_pages_are_followed_up_to_the_limit_and_cut_there() -> None:
    pages = Pages(
        {None: Parsed(posts=posts(1, 2), next_cursor="b"), "b": Parsed(posts=posts(3, 4), next_cursor="c")}
    )
    found = await collect_pages(pages, 3)
    assert [post.post_id for post in found.posts] == ["1", "2", "3"]
    assert pages.asked == [None, "b"]


async def test_the_last_page_ends_it() -> None:
    pages = Pages({None: Parsed(posts=posts(1), next_cursor="b"), "b": Parsed(posts=posts(2))})
    assert len((await collect_pages(pages, 100)).posts) == 2


async def test_a_cursor_that_comes_again_ends_it() -> None:
    pages = Pages(
        {None: Parsed(posts=posts(1), next_cursor="b"), "b": Parsed(posts=posts(2), next_cursor="b")}
    )
    assert len((await collect_pages(pages, 100)).posts) == 2


async def test_an_empty_page_ends_it() -> None:
    pages = Pages({None: Parsed(posts=posts(1), next_cursor="b"), "b": Parsed(next_cursor="c")})
    assert len((await collect_pages(pages, 100)).posts) == 1


async def test_endless_pages_end_too() -> None:
    class Endless:
        count = 0

        async def __call__(self, cursor: str | None, _offset: int) -> Parsed:
            self.count += 1
            return Parsed(posts=posts(self.count), next_cursor=str(self.count))

    endless = Endless()
    await collect_pages(endless, 10**6)
    assert endless.count == MAX_PAGES + 1
