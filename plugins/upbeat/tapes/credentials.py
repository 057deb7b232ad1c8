"""Credentials while a tape runs: which were taken is recorded without their secrets, and made-up ones are handed out at a replay."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from upbeat.crawlers.fallback import CredentialSource
from upbeat.crawlers.registry import crawler_class
from upbeat.credentials import Credential
from upbeat.errors import NoCredentialError
from upbeat.tapes.scrub import MASK, PUBLIC_FIELDS, secrets_of


class RecordingCredentials:
    """Hands out real credentials; knows afterwards which they were."""

    def __init__(self, credentials: CredentialSource) -> None:
        self._credentials = credentials
        self.picks: list[dict[str, Any]] = []
        self.secrets: set[str] = set()

    async def pick(self, source: str, exclude: Collection[int] = (), handle: str | None = None) -> Credential:
        """See `CredentialSource.pick`. `InputError` for a credential that could not be scrubbed from the tape."""
        try:
            found = await self._credentials.pick(source, exclude, handle)
        except NoCredentialError as error:
            self.picks.append({"source": source, "none": str(error), "retry_after": error.retry_after})
            raise
        self.secrets |= secrets_of([found.secrets])
        public = {name: value for name, value in found.secrets.items() if name in PUBLIC_FIELDS}
        self.picks.append({"source": source, **public})
        return found

    async def cool_down(self, credential_id: int, seconds: float, *, refused: bool = False) -> None:
        """See `CredentialSource.cool_down`."""
        await self._credentials.cool_down(credential_id, seconds, refused=refused)


class TapeCredentials:
    """Hands out made-up credentials in the place of those of the recorded run, in its order.

    Args:
        picks: those of the recorded run; None when they are not known (a tape made from the archive).
        anything_left: whether the tape still has something of a source; without picks there is a credential as long as it has.
        user_ids: the public part of credentials by source, for when picks are not known.
    """

    def __init__(
        self,
        picks: list[dict[str, Any]] | None,
        anything_left: Callable[[str], bool],
        user_ids: Mapping[str, str] | None = None,
    ) -> None:
        self._known = picks is not None
        self._picks = list(picks or ())
        self._anything_left = anything_left
        self._user_ids = dict(user_ids or {})
        self._number = 0

    async def pick(self, source: str, exclude: Collection[int] = (), handle: str | None = None) -> Credential:
        """A made-up credential, or `NoCredentialError` where the recorded run had none."""
        pick = next((pick for pick in self._picks if pick["source"] == source), None)
        if pick is not None:
            self._picks.remove(pick)
            if "none" in pick:
                raise NoCredentialError(pick["none"], source=source, retry_after=pick.get("retry_after"))
        elif not self._known and not self._anything_left(source):
            raise NoCredentialError("the tape has no more of this source", source=source)
        self._number += 1
        crawler = crawler_class(source)
        # A chain that names whose credential it wants is one of a connected account.
        names = (handle and crawler.own_credential_fields) or crawler.credential_fields
        fields = dict.fromkeys(names, MASK)
        told = pick or {"user_id": self._user_ids.get(source, MASK)}
        public = {name: str(told[name]) for name in PUBLIC_FIELDS if name in told and name in fields}
        return Credential(self._number, source, {**fields, **public})

    async def cool_down(self, credential_id: int, seconds: float, *, refused: bool = False) -> None:
        """Made-up credentials need no rest."""
