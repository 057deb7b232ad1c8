"""`/v1/collections`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import Field, RootModel

from upbeat.api.access import State
from upbeat.api.message_bodies import body_schema
from upbeat.api.product_entities import ENTITY_ID, EntityKind, list_page
from upbeat.api.product_routes import MayWrite, add_entity_routes
from upbeat.listeners.collections import Collections
from upbeat.listeners.messages.collection_change import EXAMPLE, AnyCollection
from upbeat.stores.named_sql import load_statements

router = APIRouter(prefix="/collections", tags=["collections"])

COLLECTION = EntityKind(
    name="collection",
    key="collection_id",
    handler=Collections(),
    sql=load_statements(Path(__file__).with_name("queries.sql")),
    members=("members",),
)
Kind = Literal["POSTS", "PROFILES", "HASHTAGS", "KEYWORDS"]
_EXAMPLE = {name: value for name, value in EXAMPLE.items() if name not in ("version", "updated_at")}


class _AnyCollection(RootModel[Annotated[AnyCollection, Field(discriminator="kind")]]):
    """A collection by its `kind`."""


@router.get("", summary="Collections in the order of their ids, without their members")
async def page(
    state: State,
    caller: MayWrite,
    kind: Kind | None = None,
    campaign_id: Annotated[str | None, Query(pattern=ENTITY_ID)] = None,
    account_id: Annotated[str | None, Query(pattern=ENTITY_ID)] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> dict[str, Any]:
    """A page; `next` continues it."""
    filters = {"kind": kind, "campaign_id": campaign_id, "account_id": account_id}
    return await list_page(state, COLLECTION, caller, filters, limit, cursor)


add_entity_routes(router, COLLECTION, body_schema(_AnyCollection, required=("name",)), _EXAMPLE)
