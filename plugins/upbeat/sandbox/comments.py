"""Comments under posts, with the answers to them. All text here is ours."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from upbeat.sandbox.creators import digest
from upbeat.sandbox.people import Person, people
from upbeat.sandbox.posts import DAY, SandboxPost

MAX_COMMENTS = 120
_TEXTS = (
    "So good! 🔥", "Love this ❤️", "First!", "Which camera do you use?", "बहुत बढ़िया 👏", "क्या बात है!", "অসাধারণ",
    "சூப்பர் 👌", "Nice one bhai", "Where was this?", "Waiting for the next one", "👏👏👏", "😍", "Lindo demais!",
    "Keren banget", "Harika ✨", "Красиво!", "Please do a part two", "You made my day", "Follow me back",
    "Check my page for offers", "Not my favourite, to be honest", "Yeh kahan ka hai?", "Mast ekdum",
)  # fmt: skip
_ANSWERS = ("Thank you!", "Same here", "Agreed 💯", "धन्यवाद 🙏", "Haha true", "@ all: coming soon", "👍")


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxComment:
    """One comment. `replies` are the answers to it, oldest first; an answer has none itself."""

    pk: int
    author: Person
    text: str
    likes: int
    published_at: int
    """Unix seconds."""
    replies: tuple[SandboxComment, ...] = ()


def comments_listed(post: SandboxPost) -> int:
    """How many comments (without answers) are told."""
    return min(post.comments, 20 + digest(f"comments:{post.pk}") % (MAX_COMMENTS - 20))


def comments(post: SandboxPost, start: int, end: int) -> Sequence[SandboxComment]:
    """Comments by their place in the list, the same whenever they are asked for."""
    end = min(end, comments_listed(post))
    authors = people(f"commenters:{post.pk}", start, end)
    return [_comment(post, place, author) for place, author in zip(range(start, end), authors, strict=True)]


def replies(post: SandboxPost, comment_pk: str) -> Sequence[SandboxComment] | None:
    """The answers to a comment; None when no such comment stands under the post."""
    listed = comments(post, 0, comments_listed(post))
    return next((comment.replies for comment in listed if str(comment.pk) == comment_pk), None)


def _comment(post: SandboxPost, place: int, author: Person) -> SandboxComment:
    seeded = random.Random(f"comment:{post.pk}:{place}")  # noqa: S311 - repeatable on purpose
    # Before the end of the post's day: later than that may not have come yet.
    left = DAY - post.published_at % DAY
    published_at = post.published_at + seeded.randrange(left)
    count = seeded.choices((0, 1, 2, 3), (70, 18, 8, 4))[0]
    answering = people(f"answers:{post.pk}:{place}", 0, count)
    return SandboxComment(
        pk=comment_pk(post, f"{place}"),
        author=author,
        text=seeded.choice(_TEXTS),
        likes=round(seeded.expovariate(0.15)),
        published_at=published_at,
        replies=tuple(
            SandboxComment(
                pk=comment_pk(post, f"{place}:{number}"),
                author=who,
                text=seeded.choice(_ANSWERS),
                likes=seeded.randrange(4),
                published_at=published_at + number + 1,
            )
            for number, who in enumerate(answering)
        ),
    )


def comment_pk(post: SandboxPost, place: str) -> int:
    """A made-up comment id: 17 digits that begin with 18, as Instagram's do."""
    return 18_000_000_000_000_000 + digest(f"comment:{post.pk}:{place}") % 500_000_000_000_000
