"""Keeps the assets of one subject: what is unchanged is not fetched again, what has expired is asked for under a new address once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from upbeat.assets.bucket import AssetBucket
from upbeat.assets.errors import AssetRefusedError, AssetUnavailableError
from upbeat.assets.fetch import Fetched, Fetcher
from upbeat.assets.served import asset_url
from upbeat.assets.source_url import expires_at, url_hash
from upbeat.assets.subjects import Keeping, Subject
from upbeat.errors import AllSourcesFailedError, BackOffError, ThrottledError
from upbeat.records import Asset, AssetStatus, SubjectKind
from upbeat.settings import Settings

Renew = Callable[[], Awaitable[Subject | None]]
"""Asks the crawler for the subject's addresses of now; None when nobody has it any more."""

_OBJECT = ("object_key", "cdn_url", "content_type", "size_bytes", "checksum", "width", "height")


@dataclass(slots=True)
class Kept:
    """What became of a subject's assets.

    Attributes:
        unchanged: kinds that were not fetched: what is kept came from the same address.
        written: objects that were new to the bucket.
        problems: of the kinds that could not be kept, in words.
    """

    assets: list[Asset] = field(default_factory=list)
    unchanged: list[SubjectKind] = field(default_factory=list)
    written: int = 0
    problems: list[str] = field(default_factory=list)


class Keeper:
    """Serves all tasks of a process."""

    def __init__(self, settings: Settings, fetcher: Fetcher, bucket: AssetBucket) -> None:
        self._settings = settings
        self._fetcher = fetcher
        self._bucket = bucket

    async def keep(
        self,
        subject: Subject,
        keeping: Keeping,
        known: Mapping[SubjectKind, Mapping[str, Any]],
        renew: Renew,
        is_tried_again: Callable[[Exception], bool],
    ) -> Kept:
        """Fetch and store what is new.

        Args:
            is_tried_again: whether the task runs again after such an error. Where it does not, one picture that cannot be had costs no other.

        Raises:
            BackOffError: the same may pass later; nothing was kept. Likewise `ThrottledError` and `AllSourcesFailedError` of a renewal.
            StoreUnavailableError: S3 does not answer.
        """
        kept = Kept()
        renewal = _Once(renew)
        in_use: list[str] = []
        first: Exception | None = None
        for kind, url in subject.addresses(keeping):
            before = known.get(kind, {})
            if before.get("status") == "stored" and before.get("source_url_hash") == url_hash(url):
                kept.unchanged.append(kind)
                in_use.append(str(before["object_key"]))
                continue
            try:
                await self._keep_one(subject, keeping, kind, url, before, renewal, kept)
            except (BackOffError, ThrottledError, AllSourcesFailedError) as error:
                if not kept.assets and is_tried_again(error):
                    raise
                first = first or error
                kept.problems.append(f"{kind}: {error}")
        await self._bucket.still_used(in_use)
        if first is not None and not kept.assets:
            raise first
        return kept

    async def _keep_one(
        self,
        subject: Subject,
        keeping: Keeping,
        kind: SubjectKind,
        url: str,
        before: Mapping[str, Any],
        renewal: _Once,
        kept: Kept,
    ) -> None:
        try:
            try:
                fetched = await self._fetcher.fetch(url)
            except AssetUnavailableError as error:
                subject, url = await _renewed(subject, keeping, kind, url, renewal, error)
                fetched = await self._fetch_new(url)
        except (AssetUnavailableError, AssetRefusedError) as error:
            status: AssetStatus = "gone" if isinstance(error, AssetUnavailableError) else "failed"
            kept.assets.append(_lost(subject, kind, url, status, str(error), before))
            if status == "failed":
                kept.problems.append(f"{kind}: {error}")
            return
        kept.written += await self._bucket.keep(fetched)
        kept.assets.append(_stored(self._settings, subject, kind, url, fetched))

    async def _fetch_new(self, url: str) -> Fetched:
        """At an address that was told just now."""
        try:
            return await self._fetcher.fetch(url)
        except AssetUnavailableError as error:
            if error.is_forbidden:
                raise _refused() from error
            raise


class _Once:
    """One renewal serves all assets of a subject."""

    def __init__(self, renew: Renew) -> None:
        self._renew = renew
        self._asked = False
        self._told: Subject | None = None

    async def subject(self) -> Subject | None:
        if not self._asked:
            self._told = await self._renew()
            self._asked = True
        return self._told


async def _renewed(
    subject: Subject,
    keeping: Keeping,
    kind: SubjectKind,
    url: str,
    renewal: _Once,
    expired: AssetUnavailableError,
) -> tuple[Subject, str]:
    """The subject and the asset's address as they are told now.

    Raises:
        AssetUnavailableError: there is no other address.
        BackOffError: it is told still, and the server refuses it.
    """
    told = await renewal.subject()
    if told is None:
        raise AssetUnavailableError("its address has expired, and no source tells of it any more")
    address = dict(told.addresses(keeping)).get(kind)
    if address == url and expired.is_forbidden:
        raise _refused()
    if address is None or address == url:
        raise AssetUnavailableError("its address has expired, and no source tells another one")
    return told, address


def _refused() -> BackOffError:
    """No sign that an asset is gone: a server that has had enough of us answers so to all addresses."""
    return BackOffError("HTTP 403 at an address that a source tells now", status=403)


def _stored(settings: Settings, subject: Subject, kind: SubjectKind, url: str, fetched: Fetched) -> Asset:
    width, height = fetched.content.size or (None, None)
    return Asset(
        platform=subject.platform,
        source=subject.source,
        observed_at=fetched.fetched_at,
        subject_kind=kind,
        subject_id=subject.subject_id,
        source_url_hash=url_hash(url),
        profile_id=subject.profile_id,
        status="stored",
        object_key=fetched.object_key,
        cdn_url=asset_url(settings, fetched.object_key),
        content_type=fetched.content.content_type,
        size_bytes=len(fetched.body),
        checksum=fetched.checksum,
        width=width,
        height=height,
        source_expires_at=expires_at(url),
    )


def _lost(
    subject: Subject, kind: SubjectKind, url: str, status: AssetStatus, error: str, before: Mapping[str, Any]
) -> Asset:
    """What an earlier attempt stored stays named: it is served still."""
    return Asset(
        platform=subject.platform,
        source=subject.source,
        observed_at=datetime.now(UTC),
        subject_kind=kind,
        subject_id=subject.subject_id,
        source_url_hash=url_hash(url),
        profile_id=subject.profile_id,
        status=status,
        source_expires_at=expires_at(url),
        error=error,
        **cast("dict[str, Any]", {name: before.get(name) for name in _OBJECT}),
    )
