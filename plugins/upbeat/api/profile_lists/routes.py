"""`/v1/profile-lists`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query

from upbeat.api.access import State
from upbeat.api.message_bodies import body_schema
from upbeat.api.product_entities import ENTITY_ID, EntityKind, list_page
from upbeat.api.product_routes import MayWrite, add_entity_routes
from upbeat.listeners.collections import Collections
from upbeat.listeners.messages.collection_change import ProfileList
from upbeat.stores.named_sql import load_statements

router = APIRouter(prefix="/profile-lists", tags=["profile_lists"])

PROFILE_LIST = EntityKind(
    name="profile_list",
    key="profile_list_id",
    handler=Collections(),
    sql=load_statements(Path(__file__).with_name("queries.sql")),
    members=("members",),
    own={"kind": "PROFILE_LIST"},
)
_EXAMPLE = {
    "profile_list_id": "shortlist-3",
    "account_id": "brand-7",
    "name": "For the spring launch",
    "members": [{"platform": "INSTAGRAM", "handle": "natgeo"}, {"platform": "YOUTUBE", "handle": "natgeo"}],
}


@router.get("", summary="Lists in the order of their ids, without their members")
async def page(
    state: State,
    caller: MayWrite,
    account_id: Annotated[str | None, Query(pattern=ENTITY_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> dict[str, Any]:
    """A page; `next` continues it."""
    return await list_page(state, PROFILE_LIST, caller, {"account_id": account_id}, limit, cursor)


add_entity_routes(router, PROFILE_LIST, body_schema(ProfileList, ("kind",), required=("name",)), _EXAMPLE)
