"""Made-up posts around a creator's real average of interactions.

Every creator posts on a fixed rhythm, without beginning or end: post number `n` has its time, text and counts
from a generator seeded by handle and `n`. The sandbox shows the newest `SHOWN_POSTS` that lie before the start
of the current UTC day. So there are always some from the last 30 days, a post never changes, and within one day
nothing appears by itself.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from upbeat.records import PostType
from upbeat.sandbox.captions import write_caption
from upbeat.sandbox.creators import Creator, digest

SHOWN_POSTS = 40
DAY = 86_400
TABLE_MADE = 19_357 * DAY
"""2022-12-31, the end of the table's last month: later posts are added to a creator's `media_count`."""

_INSTAGRAM_EPOCH_MS = 1_314_220_021_721
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_TYPES = (PostType.IMAGE, PostType.REEL, PostType.CAROUSEL, PostType.VIDEO)
_TYPE_WEIGHTS = (35, 35, 22, 8)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxPost:
    """One post. `graph_id` is the Graph API's id of it, `pk` everybody else's; `code` encodes `pk`."""

    pk: int
    graph_id: str
    code: str
    post_type: PostType
    caption: str
    published_at: int
    """Unix seconds."""
    likes: int
    comments: int
    plays: int | None
    """None for what does not play."""
    duration: float
    """Seconds, 0.0 for what does not play."""

    @property
    def permalink(self) -> str:
        """The public address."""
        folder = "reel" if self.post_type is PostType.REEL else "p"
        return f"https://www.instagram.com/{folder}/{self.code}/"

    @property
    def picture_url(self) -> str:
        """Where the picture would be; see `media_cdn`."""
        return f"https://cdn.sandbox.invalid/post/{self.code}.jpg"

    @property
    def video_url(self) -> str:
        """Where the video would be; see `media_cdn`."""
        return f"https://cdn.sandbox.invalid/post/{self.code}.mp4"


def encode_shortcode(pk: int) -> str:
    """Instagram's shortcode of a media id: base 64 with its own alphabet, most significant digit first."""
    digits = ""
    while pk:
        pk, digit = divmod(pk, 64)
        digits = _ALPHABET[digit] + digits
    return digits or _ALPHABET[0]


def decode_shortcode(code: str) -> int:
    """The media id of a shortcode. Raises `ValueError` for letters that no shortcode has."""
    pk = 0
    for letter in code:
        pk = pk * 64 + _ALPHABET.index(letter)
    return pk


def shard_of(handle: str) -> int:
    """The 13 bits of a media id that belong to the account."""
    return digest(f"shard:{handle}") % 8192


def shard_in(pk: int) -> int:
    """The account's 13 bits of a media id."""
    return (pk >> 10) % 8192


def media_id(handle: str, published_ms: int, number: int) -> int:
    """An id built as Instagram builds them: milliseconds since its epoch, 13 bits account, 10 bits number."""
    return (published_ms - _INSTAGRAM_EPOCH_MS) << 23 | shard_of(handle) << 10 | number % 1024


def _interval(creator: Creator) -> int:
    """Seconds between two posts of this creator, 0.7 to 4 days."""
    return round(DAY * (0.7 + digest(f"interval:{creator.handle}") % 3301 / 1000))


def _published_ms(creator: Creator, number: int) -> int:
    interval_ms = _interval(creator) * 1000
    return number * interval_ms + digest(f"time:{creator.handle}:{number}") % (interval_ms // 2)


def latest_number(creator: Creator, before: int) -> int:
    """The number of the newest post before a time (Unix seconds)."""
    number = before // _interval(creator)
    return number if _published_ms(creator, number) < before * 1000 else number - 1


def posts_since_table(creator: Creator, before: int) -> int:
    """How many posts were added to the creator's `media_count` since the table was made."""
    return latest_number(creator, before) - latest_number(creator, TABLE_MADE) if creator.has_posts else 0


def make_post(creator: Creator, number: int) -> SandboxPost:
    """Post `number` of a creator: the same whenever it is asked for."""
    seeded = random.Random(f"post:{creator.handle}:{number}")  # noqa: S311 - repeatable on purpose
    published_ms = _published_ms(creator, number)
    pk = media_id(creator.handle, published_ms, number)
    post_type = seeded.choices(_TYPES, _TYPE_WEIGHTS)[0]
    engagement = creator.avg_engagement * math.exp(seeded.gauss(-0.08, 0.4))
    comment_share = 0.002 + digest(f"comments:{creator.handle}") % 180 / 10_000
    comments = round(engagement * comment_share * seeded.uniform(0.5, 1.5))
    likes = max(0, round(engagement) - comments)
    plays = post_type in (PostType.REEL, PostType.VIDEO)
    return SandboxPost(
        pk=pk,
        graph_id=str(17_800_000_000_000_000 + digest(f"media:{pk}") % 500_000_000_000_000),
        code=encode_shortcode(pk),
        post_type=post_type,
        caption=write_caption(seeded, creator.category, creator.audience_country),
        published_at=published_ms // 1000,
        likes=likes,
        comments=comments,
        plays=round(likes * seeded.uniform(8, 25)) if plays else None,
        duration=round(seeded.uniform(6, 90), 3) if plays else 0.0,
    )


def make_posts(creator: Creator, before: int) -> tuple[SandboxPost, ...]:
    """The newest posts before a time (Unix seconds), newest first."""
    if not creator.has_posts:
        return ()
    newest = latest_number(creator, before)
    return tuple(make_post(creator, newest - back) for back in range(SHOWN_POSTS))
