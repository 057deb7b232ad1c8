"""Who follows a creator, whom a creator follows, who likes a post. Lists are bounded as scrapers' are, and made page by page."""

from __future__ import annotations

from collections.abc import Sequence

from upbeat.sandbox.creators import Creator, digest
from upbeat.sandbox.people import Person, people
from upbeat.sandbox.posts import SandboxPost

MAX_FOLLOWERS = 3_000
MAX_FOLLOWING = 400
MAX_LIKERS = 400


def followers_listed(creator: Creator) -> int:
    """How many followers are told at all: all of a small account, between 500 and `MAX_FOLLOWERS` of a large one."""
    bound = 500 + digest(f"followers:{creator.handle}") % (MAX_FOLLOWERS - 500)
    return min(creator.followers, bound)


def followers(creator: Creator, start: int, end: int) -> Sequence[Person]:
    """Followers by their place in the list, newest first; none of a private account."""
    if creator.is_private:
        return ()
    return people(f"followers:{creator.handle}", start, min(end, followers_listed(creator)))


def following_listed(creator: Creator) -> int:
    """How many followed accounts are told."""
    return min(creator.following, MAX_FOLLOWING)


def following(creator: Creator, start: int, end: int) -> Sequence[Person]:
    """Followed accounts by their place in the list; none of a private account."""
    if creator.is_private:
        return ()
    return people(f"following:{creator.handle}", start, min(end, following_listed(creator)))


def likers_listed(post: SandboxPost) -> int:
    """How many likers are told: never all of a post that many like."""
    return min(post.likes, 100 + digest(f"likers:{post.pk}") % (MAX_LIKERS - 100))


def likers(post: SandboxPost, start: int, end: int) -> Sequence[Person]:
    """Likers by their place in the list."""
    return people(f"likers:{post.pk}", start, min(end, likers_listed(post)))
