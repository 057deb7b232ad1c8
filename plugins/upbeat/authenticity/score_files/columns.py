"""Which column of a table is which field of a follower, by its name alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from upbeat.authenticity.follower import Follower
from upbeat.authenticity.score_files.values import READERS

ALIASES = {
    "handle": ("handle", "username", "userhandle", "screenname", "accountname", "accounthandle", "followerhandle",
               "followerusername", "instagramhandle", "instagramusername", "login", "account", "user"),
    "full_name": ("fullname", "displayname", "profilename", "followerfullname", "followername", "realname", "name"),
    "followers": ("followers", "followercount", "followerscount", "numfollowers", "numberoffollowers", "nfollowers",
                  "subscribers", "subscribercount"),
    "following": ("following", "followingcount", "follows", "followscount", "followees", "friendscount", "friends",
                  "numfollowing", "numberoffollowing", "nfollowing", "numfollows"),
    "posts": ("posts", "postcount", "postscount", "mediacount", "media", "numposts", "numberofposts", "nposts",
              "statusescount", "statuses"),
    "has_picture": ("haspicture", "hasprofilepicture", "hasprofilepic", "profilepicture", "profilepic", "profilepicurl",
                    "hasavatar", "picture"),
    "is_private": ("isprivate", "private", "protected", "isprotected"),
}  # fmt: skip
"""Names of columns without blanks and signs, in lower case; of several in a table the first of the list counts."""


class UnreadableError(ValueError):
    """A row that tells no follower. The text names the column and the problem, not what stands there."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of a follower stand in a row.

    Attributes:
        places: field and number of its column, counted from 0.
        others: columns that are no field, in order.
    """

    names: tuple[str, ...]
    places: tuple[tuple[str, int], ...]
    others: tuple[int, ...]

    @property
    def told(self) -> dict[str, str]:
        """Field → name of the column that it is taken from, for people."""
        return {field: self.names[place] for field, place in self.places}

    def follower(self, cells: Sequence[Any]) -> Follower:
        """The follower of a row. Raises `UnreadableError`."""
        values = {}
        for field, place in self.places:
            try:
                values[field] = READERS[field](cells[place])
            except ValueError as error:
                raise UnreadableError(f"{field}: {error}") from None
        return Follower(**values)


def recognise(names: Sequence[str]) -> Layout | None:
    """The layout of a table with these columns; None where none of them holds handles."""
    tidy = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in names]
    places: dict[str, int] = {}
    for field, aliases in ALIASES.items():
        place = next((tidy.index(alias) for alias in aliases if alias in tidy), None)
        if place is not None:
            places[field] = place
    if "handle" not in places:
        return None
    others = tuple(place for place in range(len(names)) if place not in places.values())
    return Layout(tuple(names), tuple(places.items()), others)
