"""What a parser finds in a body."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, TypeVar

from upbeat.records.facts import Fact
from upbeat.records.posts import Post
from upbeat.records.profiles import Profile

Found = TypeVar("Found", bound=Profile | Post | Fact)


@dataclass(frozen=True, slots=True)
class Problem:
    """One field that a parser could not read; the rest of the record stands."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


@dataclass(slots=True)
class Parsed:
    """What a parser found in one body, or a crawler in all pages of one request.

    `identifiers` are ids that a look-up gave on the way to something else, by name; nothing of them is stored.
    """

    profiles: list[Profile] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    next_cursor: str | None = None
    problems: list[Problem] = field(default_factory=list)
    identifiers: dict[str, str] = field(default_factory=dict)

    def extend(self, other: Parsed) -> None:
        """Append another page; its cursor becomes the current one."""
        self.profiles += other.profiles
        self.posts += other.posts
        self.facts += other.facts
        self.problems += other.problems
        self.identifiers |= other.identifiers
        self.next_cursor = other.next_cursor

    def of(self, record_type: type[Found]) -> list[Found]:
        """The records of one type, in order."""
        return [record for _, record in self.records() if isinstance(record, record_type)]

    def cut(self, record_type: type[Profile | Post | Fact], limit: int) -> None:
        """Keep the first `limit` records of one type; the others stay."""
        if record_type is Post:
            del self.posts[limit:]
        elif record_type is Profile:
            del self.profiles[limit:]
        else:
            kept = self.of(record_type)[:limit]
            beyond = {id(record) for record in self.of(record_type)[len(kept) :]}
            self.facts = [fact for fact in self.facts if id(fact) not in beyond]

    def records(self) -> Iterator[tuple[str, Profile | Post | Fact]]:
        """Every record with the word for what it is: `profile`, `post`, `comment`, …"""
        yield from (("profile", profile) for profile in self.profiles)
        yield from (("post", post) for post in self.posts)
        yield from ((fact.kind, fact) for fact in self.facts)

    def lines(self) -> list[dict[str, Any]]:
        """Everything that was found as mappings with its `type`: records by their word, problems, the cursor."""
        lines = [{"type": name, **asdict(record)} for name, record in self.records()]
        lines += [{"type": "problem", **asdict(problem)} for problem in self.problems]
        if self.next_cursor is not None:
            lines.append({"type": "cursor", "next_cursor": self.next_cursor})
        return lines

    def counts(self) -> dict[str, int]:
        """How many records of each kind there are."""
        return dict(Counter(kind for kind, _ in self.records()))
