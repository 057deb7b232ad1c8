"""Campaign changes: whole, in one currency, everything once."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from upbeat.listeners.messages.campaign_change import EXAMPLE, CampaignChangeV1

PROFILE = EXAMPLE["profiles"][0]
COST = EXAMPLE["costs"][0]


def change(**fields: Any) -> CampaignChangeV1:
    return CampaignChangeV1.model_validate_json(json.dumps({**EXAMPLE, **fields}))


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"version": 2}, "version"),
        ({"version": "1"}, "version"),
        ({"campaign_id": "a b"}, "campaign_id"),
        ({"campaign_id": ""}, "campaign_id"),
        ({"campaign_id": 81}, "campaign_id"),
        ({"updated_at": "2026-11-20T09:30:00"}, "updated_at"),
        ({"updated_at": 1_763_600_000}, "updated_at"),
        ({"updated_at": "1970-01-01T00:00:00Z"}, "between 1990 and 2200"),
        ({"updated_at": "2199-01-01T00:00:00Z"}, "an hour ahead"),
        ({"name": None}, "name and status are missing"),
        ({"status": None}, "name and status are missing"),
        ({"status": "active"}, "status"),
        ({"deleted": "yes"}, "deleted"),
        ({"deleted": True}, "deleted, and has profiles or costs"),
        ({"currency": "inr"}, "currency"),
        ({"currency": None}, "currency is missing"),
        ({"budget": 12.5}, "is no amount"),
        ({"budget": 12}, "is no amount"),
        ({"budget": "12.34567"}, "is no amount"),
        ({"budget": "-1"}, "is no amount"),
        ({"budget": "1e3"}, "is no amount"),
        ({"budget": "NaN"}, "is no amount"),
        ({"budget": "123456789012345"}, "is no amount"),
        ({"budget": "١٢"}, "is no amount"),
        ({"starts_on": "2026-12-31"}, "ends_on is before starts_on"),
        ({"starts_on": "2026-11-01T10:00:00Z"}, "starts_on"),
        ({"shops": ["no shop!"]}, "shops"),
        ({"name": "a\x00b"}, "NUL"),
        ({"colour": "red"}, "colour"),
        (
            {"profiles": [PROFILE, {**PROFILE, "handle": "@NatGeo"}]},
            "the profile INSTAGRAM natgeo stands twice",
        ),
        ({"profiles": [{**PROFILE, "platform": "SHOPIFY"}]}, "profiles"),
        ({"profiles": [{**PROFILE, "handle": "not a handle"}]}, "handle"),
        ({"profiles": [{**PROFILE, "agreed_posts": -1}]}, "agreed_posts"),
        ({"costs": [COST, COST]}, "the cost invoice-19 stands twice"),
        ({"costs": [{**COST, "handle": None}]}, "handle"),
        ({"costs": [{**COST, "platform": None}]}, "handle"),
        ({"costs": [{**COST, "kind": "BRIBE"}]}, "kind"),
        ({"costs": [{key: value for key, value in COST.items() if key != "incurred_on"}]}, "incurred_on"),
    ],
)
def test_what_cannot_be_meant_is_refused(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        change(**fields)


def test_a_deleted_campaign_needs_no_more_than_its_id_and_time() -> None:
    deleted = CampaignChangeV1.model_validate_json(
        '{"version": 1, "campaign_id": "c", "updated_at": "2026-11-20T15:00:00+05:30", "deleted": true}'
    )
    assert deleted.updated_at.isoformat() == "2026-11-20T09:30:00+00:00"


def test_a_campaign_without_money_needs_no_currency() -> None:
    assert change(
        currency=None, budget=None, costs=[], profiles=[{"platform": "YOUTUBE", "handle": "natgeo"}]
    )


@given(whole=st.integers(0, 10**14 - 1), digits=st.integers(0, 4), fraction=st.integers(0, 9999))
def test_an_amount_keeps_every_digit(whole: int, digits: int, fraction: int) -> None:
    text = f"{whole}.{fraction:04d}"[: -(4 - digits) or None] if digits else str(whole)
    assert change(budget=text).budget == Decimal(text)
    assert str(change(budget=text).budget) == text


@given(st.floats())
def test_no_float_passes_for_an_amount(value: float) -> None:
    with pytest.raises(ValidationError, match=r"is no amount|Invalid JSON"):
        change(budget=value)


def test_a_code_or_a_shop_that_is_given_twice_counts_once() -> None:
    """Sales are joined by both: twice there, they would be counted twice."""
    codes = ["TEA10", " tea10 ", "Chai", "TEA10"]
    told = change(
        shops=["acme", "https://acme.myshopify.com", "other"], profiles=[{**PROFILE, "discount_codes": codes}]
    )
    assert told.shops == ("acme", "other")
    assert told.profiles[0].discount_codes == ("TEA10", "Chai")
