"""The types of the messages' fields: what Postgres and ClickHouse can hold, and nothing that has to be guessed."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from upbeat.flows.parameters import ChannelHandle, Handle, Shortcode, VideoId

_AMOUNT = r"^[0-9]{1,14}(\.[0-9]{1,4})?$"
_AMOUNT_HINT = "An amount as text, up to 14 digits and 4 behind the point."
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
CLOCKS_DIFFER = timedelta(hours=1)
MOST_MEMBERS = 10_000


class Message(BaseModel):
    """Base: types are taken as they are, nothing unknown is taken, nothing is changed afterwards."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, hide_input_in_errors=True)


def without_nul(value: str) -> str:
    """Raises `ValueError` for what no text of Postgres can hold."""
    if "\x00" in value:
        raise ValueError("holds a NUL, which Postgres cannot store")
    return value


def _amount(value: object) -> Decimal:
    """A float has lost digits on its way: it is refused rather than rounded."""
    if isinstance(value, str) and re.fullmatch(_AMOUNT, value):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    raise ValueError('is no amount: write it as text, "1250.50", with at most 4 digits behind the point')


def _in_range(value: datetime) -> datetime:
    if not _EARLIEST <= value < _LATEST:
        raise ValueError("is a time that cannot be meant: between 1990 and 2200")
    return value.astimezone(UTC)


def _not_ahead(value: datetime) -> datetime:
    """A change from the future would keep every later one out until then."""
    if value > datetime.now(UTC) + CLOCKS_DIFFER:
        raise ValueError("lies more than an hour ahead: the clock of the sender is wrong")
    return value


def _day_in_range(value: date) -> date:
    if not _EARLIEST.date() <= value < _LATEST.date():
        raise ValueError("is a day that cannot be meant: between 1990 and 2200")
    return value


def each_once(values: tuple[str, ...]) -> tuple[str, ...]:
    """Without those that differ from an earlier one in case alone: whoever joins by them would count twice."""
    first: dict[str, str] = {}
    for value in values:
        first.setdefault(value.casefold(), value)
    return tuple(first.values())


def _stripped(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _keyword(value: object) -> object:
    return " ".join(value.lower().split()) if isinstance(value, str) else value


Text = Annotated[str, AfterValidator(without_nul), Field(max_length=2_000)]
Name = Annotated[str, AfterValidator(without_nul), Field(min_length=1, max_length=300)]
DiscountCode = Annotated[
    str, BeforeValidator(_stripped), AfterValidator(without_nul), Field(min_length=1, max_length=100)
]
Identifier = Annotated[
    str, Field(pattern=r"^[\w:.-]{1,100}$", description="An id: letters, digits, `_ : . -`.")
]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$", description="ISO 4217.")]
Amount = Annotated[
    Decimal,
    BeforeValidator(_amount),
    WithJsonSchema({"type": "string", "pattern": _AMOUNT, "description": _AMOUNT_HINT}),
]
Moment = Annotated[AwareDatetime, AfterValidator(_in_range), Field(description="ISO 8601 with an offset.")]
ChangeTime = Annotated[
    AwareDatetime,
    AfterValidator(_in_range),
    AfterValidator(_not_ahead),
    Field(
        description="Of this change, ISO 8601 with an offset, as exact as is known: a change older than the last that came is not applied."
    ),
]
Day = Annotated[date, AfterValidator(_day_in_range)]
Keyword = Annotated[
    str, BeforeValidator(_keyword), AfterValidator(without_nul), Field(min_length=1, max_length=200)
]


class OnInstagram(Message):
    """One Instagram account."""

    platform: Literal["INSTAGRAM"]
    handle: Handle
    profile_id: Identifier | None = None


class OnYoutube(Message):
    """One YouTube channel. `profile_id` is the channel id, `UC…`."""

    platform: Literal["YOUTUBE"]
    handle: ChannelHandle
    profile_id: Identifier | None = None


class InstagramPost(Message):
    """One Instagram post; the shortcode may also be given as the post's address."""

    platform: Literal["INSTAGRAM"]
    shortcode: Shortcode
    handle: Handle | None = None


class YoutubeVideo(Message):
    """One YouTube video; the id may also be given as the video's address."""

    platform: Literal["YOUTUBE"]
    shortcode: VideoId
    handle: ChannelHandle | None = None


def require_each_once(keys: Iterable[Hashable], what: str) -> None:
    """Raises `ValueError` that names the first key that stands twice."""
    seen: set[Any] = set()
    for key in keys:
        if key in seen:
            shown = " ".join(map(str, key)) if isinstance(key, tuple) else key
            raise ValueError(f"{what} {shown} stands twice")
        seen.add(key)


def require_order(starts_on: date | None, ends_on: date | None) -> None:
    """Raises `ValueError` when a period ends before it begins."""
    if starts_on is not None and ends_on is not None and ends_on < starts_on:
        raise ValueError("ends_on is before starts_on")
