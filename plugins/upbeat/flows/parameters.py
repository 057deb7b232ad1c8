"""The parameters of flows: checked when a task is enqueued, and again before it runs."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

_PROFILE_HOSTS = ("instagram.com", "www.instagram.com", "m.instagram.com")
_CHANNEL_HOSTS = ("youtube.com", "www.youtube.com", "m.youtube.com")
_SHORTCODE_IN_PATH = re.compile(r"/(?:p|reel|reels|tv)/([A-Za-z0-9_-]+)")


def normalise_handle(value: object) -> object:
    """`@NatGeo`, ` natgeo ` and `https://www.instagram.com/natgeo/` are all `natgeo`."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if "://" in text:
        parts = urlsplit(text)
        first = parts.path.strip("/").partition("/")[0]
        text = first if parts.hostname in (*_PROFILE_HOSTS, *_CHANNEL_HOSTS) else text
    return text.removeprefix("@").lower()


def normalise_shortcode(value: object) -> object:
    """A shortcode, also out of the address of its post."""
    if not isinstance(value, str):
        return value
    found = _SHORTCODE_IN_PATH.search(value)
    return found[1] if found else value.strip()


def normalise_channel_id(value: object) -> object:
    """A channel id, also out of `https://www.youtube.com/channel/UC…`."""
    if not isinstance(value, str):
        return value
    found = re.search(r"/channel/(UC[\w-]{22})", value)
    return found[1] if found else value.strip()


def normalise_video_id(value: object) -> object:
    """A video id, also out of the video's address (`watch?v=`, `/shorts/`, `youtu.be/`)."""
    if not isinstance(value, str):
        return value
    if "://" not in value:
        return value.strip()
    parts = urlsplit(value.strip())
    watched = parse_qs(parts.query).get("v")
    return watched[0] if watched else parts.path.rstrip("/").rpartition("/")[2]


def normalise_hashtag(value: object) -> object:
    """A hashtag without `#`, lower case."""
    return value.strip().removeprefix("#").lower() if isinstance(value, str) else value


def normalise_shop(value: object) -> object:
    """`my-shop`, `my-shop.myshopify.com` and its address are all `my-shop`."""
    if not isinstance(value, str):
        return value
    text = value.strip().lower()
    host = urlsplit(text).hostname if "://" in text else text
    return (host or text).removesuffix(".myshopify.com")


Handle = Annotated[
    str,
    BeforeValidator(normalise_handle),
    Field(
        pattern=r"^[a-z0-9._]{1,30}$",
        description="Instagram handle: up to 30 letters, digits, dots, underscores.",
    ),
]
ChannelHandle = Annotated[
    str,
    BeforeValidator(normalise_handle),
    Field(pattern=r"^[\w.·-]{3,60}$", description="YouTube handle, with or without `@`."),
]
Shortcode = Annotated[
    str,
    BeforeValidator(normalise_shortcode),
    Field(pattern=r"^[A-Za-z0-9_-]{2,40}$", description="The code in a post's address, `/p/<code>/`."),
]
NumericId = Annotated[
    str,
    BeforeValidator(lambda value: str(value) if type(value) is int else value),
    Field(pattern=r"^\d{1,25}$", description="An id of digits."),
]
ChannelId = Annotated[
    str,
    BeforeValidator(normalise_channel_id),
    Field(pattern=r"^UC[\w-]{22}$", description="A channel id, `UC` and 22 letters."),
]
VideoId = Annotated[
    str,
    BeforeValidator(normalise_video_id),
    Field(pattern=r"^[\w-]{11}$", description="A video id of 11 letters, or the video's address."),
]
PlaylistId = Annotated[str, Field(pattern=r"^[\w-]{2,64}$", description="A playlist id.")]
HashtagName = Annotated[
    str,
    BeforeValidator(normalise_hashtag),
    Field(pattern=r"^\w{1,100}$", description="A hashtag, with or without `#`."),
]
Query = Annotated[str, Field(min_length=1, max_length=200, description="What to search for.")]
HighlightId = Annotated[str, Field(pattern=r"^(highlight:)?\d{1,25}$", description="A highlight's id.")]
CollectionId = Annotated[str, Field(pattern=r"^[\w:.-]{1,100}$", description="The product's collection.")]
Shop = Annotated[
    str,
    BeforeValidator(normalise_shop),
    Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$", description="The shop's name before `.myshopify.com`."),
]


class FlowParameters(BaseModel):
    """Base: nothing unknown is taken, nothing is changed afterwards. The first field is what `upbeat enqueue` fills."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HandleParameters(FlowParameters):
    """What is asked about one account."""

    handle: Handle


class PostsParameters(FlowParameters):
    """The newest posts of one account."""

    handle: Handle
    limit: int = Field(25, ge=1, le=1000, description="How many posts at most.")


class UserParameters(FlowParameters):
    """What is asked about one account by its user id."""

    user_id: NumericId


class UserListParameters(FlowParameters):
    """A list that belongs to one account: posts, reels, followers."""

    user_id: NumericId
    limit: int = Field(200, ge=1, le=100_000, description="How many entries at most.")


class AllPostsParameters(FlowParameters):
    """All posts of one account, over all pages."""

    user_id: NumericId
    limit: int = Field(5_000, ge=1, le=100_000, description="How many posts at most.")


class ShortcodeParameters(FlowParameters):
    """One post."""

    shortcode: Shortcode


class PostParameters(FlowParameters):
    """One post by its id."""

    post_id: NumericId


class PostListParameters(FlowParameters):
    """A list that belongs to one post: comments, likers."""

    post_id: NumericId
    limit: int = Field(100, ge=1, le=10_000, description="How many entries at most.")


class OwnPostParameters(FlowParameters):
    """One post of a connected account, by the id that all sources share, or by the Graph API's own."""

    post_id: NumericId
    handle: Handle


class StoryParameters(FlowParameters):
    """One story that was collected."""

    story_id: NumericId


class OwnStoryParameters(FlowParameters):
    """One story of a connected account, by the id that all sources share, or by the Graph API's own."""

    story_id: NumericId
    handle: Handle


class MentionParameters(FlowParameters):
    """A post in which a connected account is mentioned; the Graph API's webhook tells its id."""

    handle: Handle
    media_id: NumericId


class HighlightParameters(FlowParameters):
    """One highlight."""

    highlight_id: HighlightId


class HashtagParameters(FlowParameters):
    """One hashtag."""

    hashtag: HashtagName


class HashtagPostsParameters(FlowParameters):
    """Posts under a hashtag."""

    hashtag: HashtagName
    limit: int = Field(50, ge=1, le=1000, description="How many posts at most.")


class LocationPostsParameters(FlowParameters):
    """Posts at a place."""

    location_id: NumericId
    limit: int = Field(50, ge=1, le=1000, description="How many posts at most.")


class SearchParameters(FlowParameters):
    """A search."""

    query: Query
    limit: int = Field(50, ge=1, le=500, description="How many results at most.")


class CollectionPostsParameters(FlowParameters):
    """Posts of one of the product's collections."""

    collection_id: CollectionId
    shortcodes: list[Shortcode] = Field(min_length=1, max_length=50)


class CollectionProfilesParameters(FlowParameters):
    """Creators of one of the product's collections."""

    collection_id: CollectionId
    handles: list[Handle] = Field(min_length=1, max_length=50)


class ChannelParameters(FlowParameters):
    """What is asked about one channel."""

    channel_id: ChannelId


class ChannelHandleParameters(FlowParameters):
    """One channel by its handle."""

    handle: ChannelHandle


class ChannelListParameters(FlowParameters):
    """A list that belongs to one channel: videos, shorts, activities."""

    channel_id: ChannelId
    limit: int = Field(50, ge=1, le=5_000, description="How many entries at most.")


class OwnChannelParameters(FlowParameters):
    """Figures of a connected channel over the last days."""

    handle: ChannelHandle
    channel_id: ChannelId
    start: date | None = Field(None, description="First day, default 28 days ago.")
    end: date | None = Field(None, description="Last day, default yesterday.")


class OwnVideoParameters(FlowParameters):
    """Figures of one video of a connected channel."""

    handle: ChannelHandle
    video_id: VideoId
    start: date | None = Field(None, description="First day, default 28 days ago.")
    end: date | None = Field(None, description="Last day, default yesterday.")


class VideoParameters(FlowParameters):
    """One video."""

    video_id: VideoId


class VideosParameters(FlowParameters):
    """Up to 50 videos in one request."""

    video_ids: list[VideoId] = Field(min_length=1, max_length=50)


class VideoCommentsParameters(FlowParameters):
    """Comments under a video."""

    video_id: VideoId
    limit: int = Field(100, ge=1, le=10_000, description="How many comments at most.")


class PlaylistParameters(FlowParameters):
    """The videos of a playlist."""

    playlist_id: PlaylistId
    limit: int = Field(50, ge=1, le=5_000, description="How many entries at most.")


class TrendingParameters(FlowParameters):
    """The chart of a region."""

    region: str = Field("IN", pattern=r"^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")
    limit: int = Field(50, ge=1, le=200, description="How many videos at most.")


class CollectionVideosParameters(FlowParameters):
    """Videos of one of the product's collections."""

    collection_id: CollectionId
    video_ids: list[VideoId] = Field(min_length=1, max_length=50)


class CollectionChannelsParameters(FlowParameters):
    """Channels of one of the product's collections."""

    collection_id: CollectionId
    channel_ids: list[ChannelId] = Field(min_length=1, max_length=50)


class ShopParameters(FlowParameters):
    """What is asked about one shop."""

    shop: Shop


class ShopListParameters(FlowParameters):
    """A list of one shop."""

    shop: Shop
    limit: int = Field(1_000, ge=1, le=100_000, description="How many entries at most.")


class OrdersParameters(FlowParameters):
    """Orders of one shop that changed since a time."""

    shop: Shop
    updated_since: datetime | None = Field(None, description="ISO 8601; all when not given.")
    limit: int = Field(1_000, ge=1, le=100_000, description="How many orders at most.")


class OrderParameters(FlowParameters):
    """One order of one shop."""

    shop: Shop
    order_id: NumericId


class _OneAccount(FlowParameters):
    """Base: one collected account, named by its handle or by its id."""

    @model_validator(mode="after")
    def _one_is_named(self) -> Self:
        if (getattr(self, "handle", None) is None) == (getattr(self, "profile_id", None) is None):
            raise ValueError("name the account by one of handle and profile_id")
        return self


class AudienceParameters(_OneAccount):
    """A sample of the audience of one collected account."""

    handle: Handle | None = Field(None, description="Whose audience: the account's handle, or `profile_id`.")
    profile_id: NumericId | None = Field(
        None, description="Whose audience: the account's id, in place of its handle."
    )
    sample_size: int = Field(2_000, ge=1, le=100_000, description="How many accounts are drawn at most.")


class CollectedAccountParameters(_OneAccount):
    """One collected Instagram account, which is read and not asked for."""

    handle: Handle | None = Field(None, description="The account's handle, or `profile_id`.")
    profile_id: NumericId | None = Field(None, description="The account's id, in place of its handle.")


class CollectedChannelParameters(_OneAccount):
    """One collected YouTube channel, which is read and not asked for."""

    handle: ChannelHandle | None = Field(None, description="The channel's handle, or `profile_id`.")
    profile_id: ChannelId | None = Field(None, description="The channel's id, in place of its handle.")
