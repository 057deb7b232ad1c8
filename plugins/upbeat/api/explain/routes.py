"""`GET /v1/formulas/…`: how figures are computed, without a value."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from upbeat.api.access import Caller, require
from upbeat.api.explain.formulas import Formulas, formulas_of
from upbeat.api.problems import ProblemError
from upbeat.api.published.catalogue import RESOURCES

router = APIRouter(prefix="/formulas", tags=["formulas"])
Reader = Annotated[Caller, Depends(require("read"))]


@router.get("/{resource}", operation_id="formulas")
async def formulas(resource: str, _: Reader) -> Formulas:
    """The formulas of a resource's figures; a resource is named as its operation in this description."""
    if resource not in RESOURCES:
        raise ProblemError(404, "Not found", f"resource: none of {', '.join(sorted(RESOURCES))}")
    return formulas_of(RESOURCES[resource].plan_name)
