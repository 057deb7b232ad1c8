"""Made-up videos around a channel's real averages, and the comments under them.

As with posts, every channel uploads on a fixed rhythm without beginning or end: video number `n` has its time, text and counts from a
generator seeded by handle and `n`, and those of the newest `SHOWN_VIDEOS` numbers that lie before the start of the current UTC day are shown.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from upbeat.sandbox.captions import write_caption
from upbeat.sandbox.creators import digest
from upbeat.sandbox.posts import DAY, TABLE_MADE
from upbeat.sandbox.youtube_channels import Channel, letters

SHOWN_VIDEOS = 60
SHOWN_COMMENTS = 130
_CATEGORY_IDS = {
    "Music & Dance": "10", "Animation": "1", "Movies": "1", "Video games": "20", "Humor": "23",
    "News & Politics": "25", "Education": "27", "Science & Technology": "28", "Sports": "17", "Daily vlogs": "22",
}  # fmt: skip
_WORDS = (
    "Loved every second of this",
    "Who is watching this today?",
    "बहुत बढ़िया 👏",
    "The ending got me 😂",
    "More of this, please",
    "¡Qué bueno!",
    "First time here, staying",
    "இது அருமை",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """One video; times are Unix seconds, `duration` seconds."""

    video_id: str
    title: str
    description: str
    category_id: str
    language: str
    published_at: int
    duration: int
    is_short: bool
    was_live: bool
    views: int
    likes: int
    comments: int | None
    """None where comments are off."""

    def thumbnail(self, size: str) -> str:
        """Where the picture would be; see `media_cdn`."""
        return f"https://cdn.sandbox.invalid/vi/{self.video_id}/{size}.jpg"


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoComment:
    """One comment; the author is made up, and has no channel."""

    comment_id: str
    author: str
    author_id: str
    text: str
    likes: int
    published_at: int
    replies: tuple[VideoComment, ...] = ()


def _interval(channel: Channel) -> int:
    """Seconds between two videos of this channel, 0.4 to 3 days."""
    return round(DAY * (0.4 + digest(f"uploads:{channel.handle}") % 2601 / 1000))


def _published_at(channel: Channel, number: int) -> int:
    interval = _interval(channel)
    return number * interval + digest(f"upload:{channel.handle}:{number}") % (interval // 2)


def _latest_number(channel: Channel, before: int) -> int:
    number = before // _interval(channel)
    return number if _published_at(channel, number) < before else number - 1


def videos_since_table(channel: Channel, before: int) -> int:
    """How many videos were added since the table was made."""
    if not channel.has_videos:
        return 0
    return _latest_number(channel, before) - _latest_number(channel, TABLE_MADE)


def make_video(channel: Channel, number: int) -> Video:
    """Video `number` of a channel: the same whenever it is asked for."""
    seeded = random.Random(f"video:{channel.handle}:{number}")  # noqa: S311 - repeatable on purpose
    is_short = seeded.random() < 0.25
    strength = math.exp(seeded.gauss(-0.08, 0.4))
    text = write_caption(seeded, channel.category, channel.country) or "Untitled"
    comments = round(channel.avg_comments * strength * seeded.uniform(0.5, 1.5))
    return Video(
        video_id=letters(f"video:{channel.handle}:{number}", 11),
        title=f"{text.partition(chr(10))[0]} | {number}",
        description=text,
        category_id=_CATEGORY_IDS.get(channel.category, "24"),
        language="hi" if channel.country == "India" else "en",
        published_at=_published_at(channel, number),
        duration=seeded.randint(8, 60) if is_short else seeded.randint(150, 4_000),
        is_short=is_short,
        was_live=not is_short and seeded.random() < 0.06,
        views=max(1, round(channel.avg_views * strength)),
        likes=round(channel.avg_likes * strength * seeded.uniform(0.7, 1.3)),
        comments=comments if channel.has_comments else None,
    )


def make_videos(channel: Channel, before: int) -> tuple[Video, ...]:
    """The newest videos before a time (Unix seconds), newest first."""
    if not channel.has_videos:
        return ()
    newest = _latest_number(channel, before)
    return tuple(make_video(channel, newest - back) for back in range(SHOWN_VIDEOS))


def make_comments(video: Video) -> tuple[VideoComment, ...]:
    """The newest comments under a video; some have up to three replies."""
    count = min(video.comments or 0, SHOWN_COMMENTS)
    return tuple(
        _make_comment(video, f"Ug{letters(f'comment:{video.video_id}:{n}', 24)}", n) for n in range(count)
    )


def _make_comment(video: Video, comment_id: str, number: int, *, is_reply: bool = False) -> VideoComment:
    seeded = random.Random(comment_id)  # noqa: S311 - repeatable on purpose
    author = f"viewer-{seeded.randrange(10**6)}"
    replies = 0 if is_reply or seeded.random() < 0.8 else seeded.randint(1, 3)
    return VideoComment(
        comment_id=comment_id,
        author=author,
        author_id=f"UC{letters(author, 22)}",
        text=seeded.choice(_WORDS),
        likes=seeded.randrange(200),
        published_at=video.published_at + 60 * (SHOWN_COMMENTS - number) + seeded.randrange(60),
        replies=tuple(
            _make_comment(video, f"{comment_id}.{letters(f'{comment_id}:{n}', 22)}", number, is_reply=True)
            for n in range(replies)
        ),
    )
