"""Another service asks for something to be collected: one task of the queue."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from upbeat.listeners.messages.fields import Message, Moment, Name, without_nul


class ScrapeRequestV1(Message):
    """One task. `params` are checked by the flow, as `upbeat enqueue` does: `upbeat flows` lists both."""

    version: Literal[1]
    flow: Annotated[
        str, Field(max_length=100, description="A name of the catalogue, `instagram.profile_by_handle`.")
    ]
    params: dict[str, Any]
    priority: int | None = Field(None, ge=-1_000_000, le=1_000_000, description="Default: the flow's.")
    account_id: Name | None = Field(None, description="Groups the tasks of one customer.")
    idempotency_key: Annotated[str, AfterValidator(without_nul)] | None = Field(
        None,
        min_length=1,
        max_length=500,
        description="The same key twice is one task. Default: the message's own id.",
    )
    expires_at: Moment | None = Field(None, description="Not run after this.")


EXAMPLE: dict[str, Any] = {
    "version": 1,
    "flow": "instagram.profile_by_handle",
    "params": {"handle": "natgeo"},
    "priority": 5,
    "account_id": "brand-7",
    "idempotency_key": "brand-7:natgeo:2026-11-20",
}
