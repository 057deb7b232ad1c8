"""A campaign of the product as it is now: all of it, its creators and its costs. Sent whenever any of it changes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from upbeat.flows.parameters import ChannelHandle, Handle, Shop, Shortcode, VideoId
from upbeat.listeners.messages.fields import (
    MOST_MEMBERS,
    Amount,
    ChangeTime,
    Currency,
    Day,
    DiscountCode,
    Identifier,
    Message,
    Moment,
    Name,
    OnInstagram,
    OnYoutube,
    Text,
    each_once,
    require_each_once,
    require_order,
)


class _Agreement(Message):
    fee: Amount | None = Field(None, description="Agreed with the creator; what was paid is a cost.")
    agreed_posts: int | None = Field(None, ge=0, le=10_000)
    discount_codes: Annotated[tuple[DiscountCode, ...], AfterValidator(each_once)] = Field(
        (), max_length=100, description="As the shop writes them; their case does not count."
    )
    added_at: Moment | None = Field(
        None, description="Default: `updated_at` of the message that adds the creator."
    )


class InstagramCreator(OnInstagram, _Agreement):
    """A creator's Instagram account in the campaign."""


class YoutubeCreator(OnYoutube, _Agreement):
    """A creator's channel in the campaign."""


Creator = Annotated[InstagramCreator | YoutubeCreator, Field(discriminator="platform")]


class _Cost(Message):
    cost_id: Identifier
    kind: Literal["FEE", "PRODUCT", "SHIPPING", "ADVERTISING", "AGENCY", "OTHER"]
    amount: Amount
    incurred_on: Day = Field(description="The day that it counts for.")
    note: Text | None = None


class CampaignCost(_Cost):
    """A cost of the campaign as a whole."""

    platform: None = None


class InstagramCost(_Cost):
    """A cost of one creator, and of one post where it is given."""

    platform: Literal["INSTAGRAM"]
    handle: Handle
    shortcode: Shortcode | None = None


class YoutubeCost(_Cost):
    """A cost of one channel, and of one video where it is given."""

    platform: Literal["YOUTUBE"]
    handle: ChannelHandle
    shortcode: VideoId | None = None


def _platform_of(value: Any) -> str:
    found = value.get("platform") if isinstance(value, dict) else getattr(value, "platform", None)
    return "none" if found is None else str(found)


# The cost of no creator stands last: clients that are made from the schema take the first that fits, and to them it fits every cost.
Cost = Annotated[
    Annotated[InstagramCost, Tag("INSTAGRAM")]
    | Annotated[YoutubeCost, Tag("YOUTUBE")]
    | Annotated[CampaignCost, Tag("none")],
    Discriminator(_platform_of),
]


class CampaignChangeV1(Message):
    """A campaign. All amounts are in its one `currency`; `profiles` and `costs` replace what was there."""

    version: Literal[1]
    campaign_id: Identifier
    updated_at: ChangeTime
    deleted: bool = False
    account_id: Identifier | None = None
    name: Name | None = None
    brand: Name | None = None
    status: Literal["DRAFT", "ACTIVE", "PAUSED", "COMPLETED", "CANCELLED"] | None = None
    goal: Literal["REACH", "ENGAGEMENT", "VIEWS", "SALES"] | None = None
    currency: Currency | None = None
    budget: Amount | None = None
    shops: Annotated[tuple[Shop, ...], AfterValidator(each_once)] = Field(
        (), max_length=100, description="Shopify shops where the codes of its creators count."
    )
    starts_on: Day | None = None
    ends_on: Day | None = Field(None, description="Its last day.")
    profiles: tuple[Creator, ...] = Field((), max_length=MOST_MEMBERS)
    costs: tuple[Cost, ...] = Field((), max_length=MOST_MEMBERS)

    @model_validator(mode="after")
    def _is_whole(self) -> CampaignChangeV1:
        if self.deleted:
            if self.profiles or self.costs:
                raise ValueError("deleted, and has profiles or costs: send only campaign_id and updated_at")
            return self
        if self.name is None or self.status is None:
            raise ValueError("name and status are missing: only a deleted campaign goes without")
        require_order(self.starts_on, self.ends_on)
        require_each_once(((profile.platform, profile.handle) for profile in self.profiles), "the profile")
        require_each_once((cost.cost_id for cost in self.costs), "the cost")
        money = self.budget is not None or self.costs or any(p.fee is not None for p in self.profiles)
        if money and self.currency is None:
            raise ValueError("currency is missing: budget, fees and costs are in it")
        return self


EXAMPLE: dict[str, Any] = {
    "version": 1,
    "campaign_id": "campaign-81",
    "updated_at": "2026-11-20T09:30:00.125000Z",
    "account_id": "brand-7",
    "name": "Spring launch",
    "brand": "Acme Tea",
    "status": "ACTIVE",
    "goal": "SALES",
    "currency": "INR",
    "budget": "250000.00",
    "shops": ["acme-tea"],
    "starts_on": "2026-11-01",
    "ends_on": "2026-12-15",
    "profiles": [
        {
            "platform": "INSTAGRAM",
            "handle": "natgeo",
            "fee": "40000.00",
            "agreed_posts": 3,
            "discount_codes": ["NATGEO10"],
        },
        {"platform": "YOUTUBE", "handle": "natgeo", "profile_id": "UCpVm7bg6pXKo1Pr6k5kxG9A"},
    ],
    "costs": [
        {
            "cost_id": "invoice-19",
            "kind": "FEE",
            "amount": "20000.00",
            "incurred_on": "2026-11-05",
            "platform": "INSTAGRAM",
            "handle": "natgeo",
        },
        {"cost_id": "ads-2026-11", "kind": "ADVERTISING", "amount": "8000.50", "incurred_on": "2026-11-10"},
    ],
}
