"""The collected followers or commenters of a creator, read piece by piece: there may be more than memory holds."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from upbeat.authenticity.audiences.sample import Creator, Member, find_creator, stream
from upbeat.errors import InputError
from upbeat.serverless.batch import Audience, Listed
from upbeat.settings import Settings
from upbeat.stores.postgres import async_pool, transaction

EVERYBODY = 10_000_000
"""More than anybody's collected followers."""
_APPLICATION = "upbeat score-queue"


def accounts_of_creator(
    settings: Settings, handle: str, audience: Audience, size: int = EVERYBODY
) -> Iterator[tuple[Audience, Listed]]:
    """At most `size` accounts with the counts that are known of them, under the creator's own id.

    Raises:
        InputError: the creator, or nobody of the audience, was collected.
        StoreUnavailableError: Postgres does not answer.
    """
    creator = asyncio.run(_find(settings, handle, audience))
    whose = replace(audience, profile_id=creator.profile_id)
    with transaction(settings) as connection:
        members = stream(
            connection, creator, audience.platform, audience.relation, audience.sample_id or "", size
        )
        first = next(members, None)
        if first is None:
            raise InputError(
                f"--creator {handle}: no {audience.relation}s were collected: `upbeat enqueue` collects them"
            )
        for member in chain([first], members):
            yield whose, _listed(member)


def _listed(member: Member) -> Listed:
    return Listed(member.account_id, member.follower)


async def _find(settings: Settings, handle: str, audience: Audience) -> Creator:
    async with (
        async_pool(settings, max_size=1, application=_APPLICATION) as pool,
        pool.connection() as connection,
    ):
        return await find_creator(connection, audience.platform, {"handle": handle})
