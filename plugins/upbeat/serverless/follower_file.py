"""Accounts to score out of a file: as `upbeat score` reads it, with columns that say whose audience an account belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from upbeat.authenticity.score_files.intake import Intake
from upbeat.errors import InputError
from upbeat.serverless.batch import MOST_CHARACTERS_OF_AN_ID, Audience, Listed, listed

CHUNK_ROWS = 5_000
ACCOUNT_COLUMNS = ("accountid", "followerid", "userid", "pk", "id")
PROFILE_COLUMNS = ("profileid", "creatorid", "influencerid", "ownerid")
"""Names without blanks and signs, in lower case; of several the first of the list counts."""

Rejected = Callable[[str], None]


def accounts_of(intake: Intake, audience: Audience, on_reject: Rejected) -> Iterator[tuple[Audience, Listed]]:
    """The accounts of a file, in its order.

    Where a row names no profile, it is one of `audience`; where it has no account id, its handle stands for it, as
    `handle:<handle>`, so that it is never taken for an id.

    Args:
        intake: that keeps the columns which are no field of a follower.
        audience: with an empty `profile_id` when the file has to name one in every row.
        on_reject: told the reason for each row that a message cannot hold.

    Raises:
        InputError: neither the file nor the audience says whose followers they are.
    """
    for chunk in intake.chunks():
        kept = intake.take_kept()
        account_at, profile_at = (
            _column(intake.summary.kept_columns, names) for names in (ACCOUNT_COLUMNS, PROFILE_COLUMNS)
        )
        if profile_at is None and not audience.profile_id:
            raise InputError(
                "no column says whose followers they are: name one profile_id, or pass --profile-id"
            )
        for follower, cells in zip(chunk, kept, strict=True):
            account = _cell(cells, account_at) or f"handle:{follower.handle.lower()}"
            profile = _cell(cells, profile_at) or audience.profile_id
            if not 0 < len(profile) <= MOST_CHARACTERS_OF_AN_ID:
                on_reject(f"profile_id: is no text of 1 to {MOST_CHARACTERS_OF_AN_ID} characters")
                continue
            try:
                entry = listed(account, follower)
            except ValueError as error:
                on_reject(str(error))
                continue
            yield (
                (audience if profile == audience.profile_id else replace(audience, profile_id=profile)),
                entry,
            )


def _column(names: Sequence[str], known: Sequence[str]) -> int | None:
    tidy = [re.sub(r"[^a-z0-9]", "", name.lower()) for name in names]
    return next((tidy.index(name) for name in known if name in tidy), None)


def _cell(cells: Sequence[Any], place: int | None) -> str:
    """An id as text; an empty one where there is none. Tools that guess types make numbers of ids."""
    value = None if place is None else cells[place]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).strip()
