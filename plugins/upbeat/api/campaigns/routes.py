"""`/v1/campaigns`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from upbeat.api.access import State
from upbeat.api.message_bodies import body_schema
from upbeat.api.product_entities import ENTITY_ID, EntityKind, list_page
from upbeat.api.product_routes import MayWrite, add_entity_routes
from upbeat.listeners.campaigns import Campaigns
from upbeat.listeners.messages.campaign_change import EXAMPLE, CampaignChangeV1
from upbeat.stores.named_sql import load_statements

router = APIRouter(prefix="/campaigns", tags=["campaigns"])

CAMPAIGN = EntityKind(
    name="campaign",
    key="campaign_id",
    handler=Campaigns(),
    sql=load_statements(Path(__file__).with_name("queries.sql")),
    members=("profiles", "costs"),
)
Status = Literal["DRAFT", "ACTIVE", "PAUSED", "COMPLETED", "CANCELLED"]
EXAMPLE_BODY = {name: value for name, value in EXAMPLE.items() if name not in ("version", "updated_at")}


@router.get("", summary="Campaigns in the order of their ids, without their creators and costs")
async def page(
    state: State,
    caller: MayWrite,
    status: Status | None = None,
    account_id: Annotated[str | None, Query(pattern=ENTITY_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> dict[str, Any]:
    """A page; `next` continues it."""
    filters = {"status": status, "account_id": account_id}
    return await list_page(state, CAMPAIGN, caller, filters, limit, cursor)


add_entity_routes(router, CAMPAIGN, body_schema(CampaignChangeV1, required=("name", "status")), EXAMPLE_BODY)
