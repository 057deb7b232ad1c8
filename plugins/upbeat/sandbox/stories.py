"""Stories and highlights. A creator's stories of a day stand there all that day (UTC); a highlight keeps some of earlier days.

A story lives 24 hours, and answers are kept for a day: stories of a day are therefore dated to the last minutes before it, so
that none lies in the future and hardly any has expired when it is told.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from upbeat.sandbox.creators import Creator, digest
from upbeat.sandbox.posts import DAY, TABLE_MADE, encode_shortcode, media_id
from upbeat.sandbox.world import World

LIFETIME = DAY
MAX_STORIES = 6
_SECONDS_APART = 90
_TITLES = ("Travel ✈️", "Family", "Q&A", "यात्रा", "Work", "Offers", "Behind the scenes", "Food 🍜")
_TEXTS = (
    "",
    "Good morning!",
    "New post is up, go and see",
    "शुभ संध्या",
    "Ask me anything",
    "Swipe up for the offer #ad",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxStory:
    """One story. `graph_id` is the Graph API's id of it, `pk` everybody else's."""

    pk: int
    graph_id: str
    code: str
    is_video: bool
    caption: str
    link_url: str
    """Empty for a story without a link sticker."""
    mentions: tuple[str, ...]
    """Handles."""
    hashtags: tuple[str, ...]
    duration: float
    """Seconds, 0.0 for a picture."""
    published_at: int
    """Unix seconds."""

    @property
    def expires_at(self) -> int:
        """Unix seconds."""
        return self.published_at + LIFETIME

    @property
    def picture_url(self) -> str:
        """Where the picture would be; see `media_cdn`."""
        return f"https://cdn.sandbox.invalid/story/{self.code}.jpg"

    @property
    def video_url(self) -> str:
        """Where the video would be; see `media_cdn`."""
        return f"https://cdn.sandbox.invalid/story/{self.code}.mp4"


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxHighlight:
    """A folder of kept stories, oldest first. `pk` is what follows `highlight:` in its id."""

    pk: int
    title: str
    created_at: int
    stories: tuple[SandboxStory, ...]

    @property
    def cover_url(self) -> str:
        """Where the cover would be; see `media_cdn`."""
        return f"https://cdn.sandbox.invalid/highlight/{self.pk}.jpg"


def stories_today(world: World, creator: Creator) -> Sequence[SandboxStory]:
    """The stories that stand there now, oldest first; none of a private account."""
    return () if creator.is_private else stories_of_day(creator, world.today // DAY)


def stories_of_day(creator: Creator, day: int) -> tuple[SandboxStory, ...]:
    """The stories of one day, counted from 1970-01-01; one in eight days has none."""
    count = digest(f"stories:{creator.handle}:{day}") % (MAX_STORIES + 2)
    return tuple(_story(creator, day, number, count) for number in range(min(count, MAX_STORIES)))


def highlights(creator: Creator) -> Sequence[SandboxHighlight]:
    """The highlights of a creator, newest first, at least one; none of a private account."""
    if creator.is_private:
        return ()
    count = 1 + digest(f"highlights:{creator.handle}") % 5
    return [_highlight(creator, number) for number in reversed(range(count))]


def find_highlight(world: World, highlight_id: str) -> tuple[Creator, SandboxHighlight] | None:
    """A highlight and its owner, by its id with or without `highlight:`."""
    pk = highlight_id.removeprefix("highlight:")
    for creator in (*world.creators(), *world.test_accounts()):
        numbers = range(1 + digest(f"highlights:{creator.handle}") % 5)
        found = next((number for number in numbers if str(_highlight_pk(creator, number)) == pk), None)
        if found is not None:
            return None if creator.is_private else (creator, _highlight(creator, found))
    return None


def _highlight_pk(creator: Creator, number: int) -> int:
    return 17_850_000_000_000_000 + digest(f"highlight:{creator.handle}:{number}") % 100_000_000_000_000


def _highlight(creator: Creator, number: int) -> SandboxHighlight:
    seeded = random.Random(f"highlight:{creator.handle}:{number}")  # noqa: S311 - repeatable on purpose
    first_day = TABLE_MADE // DAY + number * 60 + seeded.randrange(30)
    wanted = seeded.randrange(3, 9)
    kept: list[SandboxStory] = []
    for day in range(first_day, first_day + wanted):
        kept += stories_of_day(creator, day)[:2]
    kept = kept[:wanted] or [_story(creator, first_day, 0, 1)]
    return SandboxHighlight(
        pk=_highlight_pk(creator, number),
        title=seeded.choice(_TITLES),
        created_at=kept[0].published_at,
        stories=tuple(kept),
    )


def _story(creator: Creator, day: int, number: int, count: int) -> SandboxStory:
    seeded = random.Random(f"story:{creator.handle}:{day}:{number}")  # noqa: S311 - repeatable on purpose
    published_at = day * DAY - (count - number) * _SECONDS_APART
    # Two accounts may share the bits of an id that belong to the account: their milliseconds differ.
    milliseconds = published_at * 1000 + digest(f"milliseconds:{creator.handle}") % 1000
    pk = media_id(creator.handle, milliseconds, 1000 + number)
    is_video = seeded.random() < 0.5
    text = seeded.choice(_TEXTS)
    return SandboxStory(
        pk=pk,
        graph_id=str(17_800_000_000_000_000 + digest(f"media:{pk}") % 500_000_000_000_000),
        code=encode_shortcode(pk),
        is_video=is_video,
        caption=text,
        link_url=f"https://example.com/{creator.handle}" if seeded.random() < 0.25 else "",
        mentions=("natgeo",) if seeded.random() < 0.2 else (),
        hashtags=("ad",) if "#ad" in text else ("sandbox",) if seeded.random() < 0.2 else (),
        duration=round(seeded.uniform(3, 15), 3) if is_video else 0.0,
        published_at=published_at,
    )
