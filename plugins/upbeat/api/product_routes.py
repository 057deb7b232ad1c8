"""The routes that campaigns, collections and lists have in common; each adds the one that lists them, with its own filters.

Annotations are values here, not text: those of a body are made from its schema.
"""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Depends, Header, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from starlette.responses import Response

from upbeat.api import product_entities as entities
from upbeat.api.access import Caller, State, require
from upbeat.api.idempotency import IdempotencyKey, RequestHash, answer_once
from upbeat.api.message_bodies import with_optional, without_fields
from upbeat.api.product_entities import ENTITY_ID, EntityKind, etag_of

MOST_CHANGED = 1_000
MayWrite = Annotated[Caller, Depends(require("campaigns"))]
EntityId = Annotated[str, Path(pattern=ENTITY_ID, description="Its id.")]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=500, description="The `ETag` that was read, or `*`.")
]
CHANGED: dict[int | str, dict[str, Any]] = {
    404: {"description": "There is none of this id, for this key."},
    412: {"description": "Somebody changed it since it was read."},
    428: {"description": "`If-Match` is missing."},
}


class MemberChanges(BaseModel):
    """Members to add, or to replace where they are there already, and members to remove, each by its name."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"add": [{"platform": "INSTAGRAM", "handle": "natgeo"}], "remove": []}]
        },
    )

    add: list[dict[str, Any]] = Field([], max_length=MOST_CHANGED)
    remove: list[dict[str, Any]] = Field([], max_length=MOST_CHANGED)


def add_entity_routes(
    router: APIRouter, kind: EntityKind, schema: dict[str, Any], example: dict[str, Any]
) -> None:
    """Create, read, replace, change, delete, and single members.

    Args:
        schema: of the body, as `message_bodies.body_schema` gives it.
        example: of a body that is valid.
    """
    parts = without_fields(schema, (kind.key,)).get("properties", {})
    patch_schema: dict[str, Any] = {"type": "object", "additionalProperties": not parts, "properties": parts}
    # An example of `Body` would be lost: the schema is taken as it is.
    whole = {name: value for name, value in example.items() if name != kind.key}
    new_schema = with_optional(schema, kind.key) | {"examples": [example]}
    whole_schema = without_fields(schema, (kind.key,)) | {"examples": [whole]}
    patch_schema["examples"] = [{"name": "Another name"}]
    New = Annotated[dict[str, Any], Body(), WithJsonSchema(new_schema)]
    Whole = Annotated[dict[str, Any], Body(), WithJsonSchema(whole_schema)]
    Patch = Annotated[dict[str, Any], Body(), WithJsonSchema(patch_schema)]
    title = kind.name.replace("_", " ")
    shown = _answer(kind, title, example)
    read_as: dict[int | str, dict[str, Any]] = {200: shown}

    @router.post(
        "",
        status_code=201,
        summary=f"Add a {title}",
        responses={201: shown, 409: {"description": "Its id is taken."}},
    )
    async def create(
        request: Request, state: State, caller: MayWrite, body: New, key: IdempotencyKey = None,
        hashed: RequestHash = b"",
    ) -> Response:  # fmt: skip
        async with state.transaction() as connection:

            async def make() -> tuple[int, Any]:
                return 201, {"data": await entities.create(connection, kind, caller, body)}

            answer = await answer_once(connection, caller, key, hashed, make)
        made = orjson.loads(answer.body)["data"]
        answer.headers["ETag"] = etag_of(made["updated_at"])
        answer.headers["Location"] = f"{request.url.path.rstrip('/')}/{made[kind.key]}"
        return answer

    @router.get(
        "/{entity_id}", summary=f"One {title} with its members", responses=read_as | {404: CHANGED[404]}
    )
    async def read(state: State, caller: MayWrite, entity_id: EntityId) -> Response:
        async with state.connection() as connection:
            return _told(await entities.get(connection, kind, caller, entity_id))

    @router.put("/{entity_id}", summary=f"Make a {title} what the body says", responses=read_as | CHANGED)
    async def replace(
        state: State, caller: MayWrite, entity_id: EntityId, body: Whole, match: IfMatch = None
    ) -> Response:
        async with state.transaction() as connection:
            return _told(await entities.replace(connection, kind, caller, entity_id, body, match))

    @router.patch(
        "/{entity_id}", summary=f"Change fields of a {title}; null removes one", responses=read_as | CHANGED
    )
    async def change(
        state: State, caller: MayWrite, entity_id: EntityId, body: Patch, match: IfMatch = None
    ) -> Response:
        async with state.transaction() as connection:
            return _told(await entities.change(connection, kind, caller, entity_id, body, match))

    @router.delete("/{entity_id}", status_code=204, summary=f"Delete a {title}", responses=CHANGED)
    async def delete(state: State, caller: MayWrite, entity_id: EntityId, match: IfMatch = None) -> Response:
        async with state.transaction() as connection:
            await entities.delete(connection, kind, caller, entity_id, match)
        return Response(status_code=204)

    @router.post(
        f"/{{entity_id}}/{kind.members[0]}",
        summary=f"Add and remove single {kind.members[0]}",
        responses=read_as | CHANGED,
    )
    async def members(
        state: State, caller: MayWrite, entity_id: EntityId, body: MemberChanges, match: IfMatch = None
    ) -> Response:
        async with state.transaction() as connection:
            return _told(
                await entities.change_members(
                    connection, kind, caller, entity_id, body.add, body.remove, match
                )
            )


def _answer(kind: EntityKind, title: str, example: dict[str, Any]) -> dict[str, Any]:
    document = {
        "type": "object",
        "title": f"{kind.name}_as_stored",
        "description": "The fields of its body, and ours.",
        "properties": {
            kind.key: {"type": "string"},
            **{name: {"type": "string", "format": "date-time"} for name in ("created_at", "updated_at")},
        },
        "required": [kind.key, "updated_at"],
    }
    schema = {
        "type": "object",
        "title": f"{kind.name}_answer",
        "properties": {"data": document},
        "required": ["data"],
    }
    moments = {"created_at": "2026-11-20T09:30:00.000000Z", "updated_at": "2026-11-20T09:30:00.000000Z"}
    content = {"schema": schema, "example": {"data": {**example, **moments}}}
    tag = {"required": True, "description": "To be sent as `If-Match`.", "schema": {"type": "string"}}
    return {
        "description": f"The {title}.",
        "headers": {"ETag": tag},
        "content": {"application/json": content},
    }


def _told(document: dict[str, Any]) -> Response:
    return JSONResponse({"data": document}, headers={"ETag": etag_of(document["updated_at"])})
