"""Posts by what they bear: hashtag, place, tagged account, word in the caption. Built once a day, over each creator's newest posts."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from upbeat.sandbox.creators import Creator, digest
from upbeat.sandbox.places import Place, place_of
from upbeat.sandbox.posts import SandboxPost

PER_CREATOR = 12
"""Older posts are found through their account only."""
Owned = tuple[Creator, SandboxPost]
_TAG = re.compile(r"#(\w+)")


def hashtags_in(caption: str) -> list[str]:
    """The hashtags of a caption without `#`, lower case, each once."""
    return list(dict.fromkeys(tag.lower() for tag in _TAG.findall(caption)))


def hashtag_id(name: str) -> str:
    """A made-up hashtag id: 17 digits, the same for all sources."""
    return str(17_840_000_000_000_000 + digest(f"hashtag:{name.lower()}") % 5_000_000_000_000)


class PostIndex:
    """The newest posts of all accounts, newest first in each list."""

    def __init__(self, owned: Iterable[Owned]) -> None:
        self._posts: list[Owned] = sorted(owned, key=lambda pair: (-pair[1].published_at, pair[1].pk))
        self._tags: dict[str, list[Owned]] = defaultdict(list)
        self._places: dict[int, list[Owned]] = defaultdict(list)
        self._tagged: dict[str, list[Owned]] = defaultdict(list)
        self._handles = sorted({creator.handle for creator, _ in self._posts})
        for pair in self._posts:
            for tag in hashtags_in(pair[1].caption):
                self._tags[tag].append(pair)
            if (place := place_of(pair[1])) is not None:
                self._places[place.pk].append(pair)
            for handle in self.tagged_handles(*pair):
                self._tagged[handle].append(pair)

    def tagged_handles(self, creator: Creator, post: SandboxPost) -> list[str]:
        """The accounts tagged in a post: two others in every second one."""
        if not self._handles or digest(f"tagged:{post.code}") % 2:
            return []
        drawn = (self._handles[digest(f"tagged:{n}:{post.code}") % len(self._handles)] for n in range(2))
        return [handle for handle in dict.fromkeys(drawn) if handle != creator.handle]

    def hashtags(self) -> list[str]:
        """The hashtags that are borne, most used first."""
        return sorted(self._tags, key=lambda tag: (-len(self._tags[tag]), tag))

    def hashtag_count(self, name: str) -> int | None:
        """How many posts bear a hashtag on the whole platform; None when nobody uses it here."""
        used = len(self._tags.get(name.lower(), ()))
        return used * (1_000 + digest(f"hashtag_count:{name.lower()}") % 99_000) if used else None

    def hashtag_recent(self, name: str) -> Sequence[Owned]:
        """Posts with a hashtag, newest first."""
        return self._tags.get(name.lower(), ())

    def hashtag_top(self, name: str) -> Sequence[Owned]:
        """Posts with a hashtag, most liked first."""
        return sorted(self.hashtag_recent(name), key=lambda pair: (-pair[1].likes, pair[1].pk))

    def at_place(self, place: Place) -> Sequence[Owned]:
        """Posts made at a place, newest first."""
        return self._places.get(place.pk, ())

    def tagging(self, handle: str) -> Sequence[Owned]:
        """Posts of others in which an account is tagged, newest first."""
        return self._tagged.get(handle.lower(), ())

    def search(self, query: str) -> Sequence[Owned]:
        """Posts with every word of the query in their caption, most liked first."""
        words = query.lower().split()
        found = [p for p in self._posts if words and all(word in p[1].caption.lower() for word in words)]
        return sorted(found, key=lambda pair: (-pair[1].likes, pair[1].pk))
