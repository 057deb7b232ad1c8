"""`/v1/credentials`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from starlette.responses import Response

from upbeat.api.access import Caller, State, require
from upbeat.api.credentials import service
from upbeat.api.credentials.schemas import (
    CredentialAnswer,
    CredentialChange,
    CredentialPage,
    NewCredential,
    ValidationAnswer,
)

router = APIRouter(prefix="/credentials", tags=["credentials"])


async def _manager(caller: Annotated[Caller, Depends(require("credentials"))]) -> Caller:
    service.require_whole_reach(caller)
    return caller


MayManage = Annotated[Caller, Depends(_manager)]
CredentialId = Annotated[int, Path(ge=1, le=2**63 - 1)]
UNKNOWN: dict[int | str, dict[str, Any]] = {404: {"description": "There is no such credential."}}


@router.post("", status_code=201, responses={200: {"description": "It was known: its secrets are replaced."}})
async def put(state: State, caller: MayManage, body: NewCredential, response: Response) -> CredentialAnswer:
    """Store a credential. The same source and user id (or key) is the same credential: other secrets replace its own."""
    async with state.transaction() as connection:
        stored, is_new = await service.put(state, connection, caller, body)
        found = await service.find(connection, stored)
    response.status_code = 201 if is_new else 200
    return CredentialAnswer(data=found)


@router.get("")
async def page(
    state: State,
    caller: MayManage,
    source: Annotated[str | None, Query(pattern=r"^[a-z0-9-]{1,100}$")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> CredentialPage:
    """Credentials without their secrets."""
    return await service.page(state, source, limit, cursor)


@router.get("/{credential_id}", responses=UNKNOWN)
async def read(state: State, caller: MayManage, credential_id: CredentialId) -> CredentialAnswer:
    """One credential without its secrets."""
    async with state.connection() as connection:
        return CredentialAnswer(data=await service.find(connection, credential_id))


@router.patch("/{credential_id}", responses=UNKNOWN)
async def switch(
    state: State, caller: MayManage, credential_id: CredentialId, body: CredentialChange
) -> CredentialAnswer:
    """Switch a credential on or off; workers know within seconds."""
    async with state.transaction() as connection:
        return CredentialAnswer(
            data=await service.set_enabled(connection, caller, credential_id, body.enabled)
        )


@router.delete("/{credential_id}", status_code=204, responses=UNKNOWN)
async def remove(state: State, caller: MayManage, credential_id: CredentialId) -> Response:
    """Delete a credential for good."""
    async with state.transaction() as connection:
        await service.remove(connection, caller, credential_id)
    return Response(status_code=204)


@router.post("/{credential_id}/validate", responses=UNKNOWN)
async def validate(state: State, caller: MayManage, credential_id: CredentialId) -> ValidationAnswer:
    """Ask the source about a credential now."""
    return ValidationAnswer(data=await service.validate(state, caller, credential_id))
