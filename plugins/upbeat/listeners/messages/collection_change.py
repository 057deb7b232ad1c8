"""A collection of the product as it is now, or a list that a person keeps of creators: all of it, with its members."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Annotated, Any, Literal

from pydantic import Field, RootModel, model_validator

from upbeat.flows.parameters import HashtagName
from upbeat.listeners.messages.fields import (
    MOST_MEMBERS,
    Amount,
    ChangeTime,
    Currency,
    Day,
    Identifier,
    InstagramPost,
    Keyword,
    Message,
    Moment,
    Name,
    OnInstagram,
    OnYoutube,
    YoutubeVideo,
    require_each_once,
    require_order,
)


class _Since(Message):
    added_at: Moment | None = Field(
        None, description="Default: `updated_at` of the message that adds the member."
    )


class _Costing(_Since):
    cost: Amount | None = Field(None, description="In the collection's currency.")


class PostMember(InstagramPost, _Costing):
    """A post of the collection."""


class VideoMember(YoutubeVideo, _Costing):
    """A video of the collection."""


class InstagramMember(OnInstagram, _Costing):
    """An Instagram account of the collection."""


class YoutubeMember(OnYoutube, _Costing):
    """A channel of the collection."""


class HashtagMember(_Since):
    """A hashtag of the collection."""

    platform: Literal["INSTAGRAM", "YOUTUBE"]
    hashtag: HashtagName


class KeywordMember(_Since):
    """A keyword of the collection: lower case, single spaces."""

    platform: Literal["INSTAGRAM", "YOUTUBE"]
    keyword: Keyword


class InstagramListed(OnInstagram, _Since):
    """An Instagram account of the list."""


class YoutubeListed(OnYoutube, _Since):
    """A channel of the list."""


class _Change(Message):
    version: Literal[1]
    updated_at: ChangeTime
    deleted: bool = False
    account_id: Identifier | None = None
    name: Name | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> _Change:
        members: tuple[Any, ...] = getattr(self, "members", ())
        if self.deleted:
            if members:
                raise ValueError("deleted, and has members: send only its id, kind and updated_at")
            return self
        if self.name is None:
            raise ValueError("name is missing: only a deleted one goes without")
        require_each_once(map(member_key, members), "the member")
        return self


class _Collection(_Change):
    collection_id: Identifier
    campaign_id: Identifier | None = Field(None, description="The campaign that it measures.")
    currency: Currency | None = None
    starts_on: Day | None = None
    ends_on: Day | None = Field(None, description="Its last day.")

    @model_validator(mode="after")
    def _fits_together(self) -> _Collection:
        require_order(self.starts_on, self.ends_on)
        members: tuple[Any, ...] = getattr(self, "members", ())
        if self.currency is None and any(getattr(member, "cost", None) is not None for member in members):
            raise ValueError("currency is missing: the costs of members are in it")
        return self


class PostCollection(_Collection):
    """Posts and videos whose figures are followed."""

    kind: Literal["POSTS"]
    members: tuple[Annotated[PostMember | VideoMember, Field(discriminator="platform")], ...] = Field(
        (), max_length=MOST_MEMBERS
    )


class ProfileCollection(_Collection):
    """Creators whose figures are followed."""

    kind: Literal["PROFILES"]
    members: tuple[Annotated[InstagramMember | YoutubeMember, Field(discriminator="platform")], ...] = Field(
        (), max_length=MOST_MEMBERS
    )


class HashtagCollection(_Collection):
    """Hashtags under which posts are looked for."""

    kind: Literal["HASHTAGS"]
    members: tuple[HashtagMember, ...] = Field((), max_length=MOST_MEMBERS)


class KeywordCollection(_Collection):
    """Keywords for which posts are looked for."""

    kind: Literal["KEYWORDS"]
    members: tuple[KeywordMember, ...] = Field((), max_length=MOST_MEMBERS)


class ProfileList(_Change):
    """A list that people keep of creators; nothing is measured by it."""

    kind: Literal["PROFILE_LIST"]
    profile_list_id: Identifier
    members: tuple[Annotated[InstagramListed | YoutubeListed, Field(discriminator="platform")], ...] = Field(
        (), max_length=MOST_MEMBERS
    )


AnyCollection = PostCollection | ProfileCollection | HashtagCollection | KeywordCollection


class CollectionChangeV1(RootModel[Annotated[AnyCollection | ProfileList, Field(discriminator="kind")]]):
    """A collection or list by its `kind`; `members` replace what was there."""


def member_key(member: Any) -> tuple[Hashable, ...]:
    """What a member is known by within its collection."""
    names = ("shortcode", "hashtag", "keyword", "handle")
    name = next(name for name in names if name in type(member).model_fields)
    return (member.platform, getattr(member, name))


EXAMPLE: dict[str, Any] = {
    "version": 1,
    "kind": "POSTS",
    "collection_id": "collection-12",
    "updated_at": "2026-11-20T09:31:00Z",
    "account_id": "brand-7",
    "campaign_id": "campaign-81",
    "name": "Spring launch, first wave",
    "currency": "INR",
    "starts_on": "2026-11-01",
    "members": [
        {"platform": "INSTAGRAM", "shortcode": "DBxyz12AbCd", "handle": "natgeo", "cost": "13333.33"},
        {"platform": "YOUTUBE", "shortcode": "https://www.youtube.com/watch?v=dQw4w9WgXcQ"},
    ],
}
