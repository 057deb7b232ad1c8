"""Second step of a publish: bring the staged file to where Postgres reads it, by the transport of the settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from upbeat.errors import VerificationError
from upbeat.settings import Settings
from upbeat.sync.ssh_transport import SshTransport
from upbeat.sync.staged import StagedFile, StagedPlace, read_manifest
from upbeat.sync.transport import StreamTransport, Transport, named


def transport_of(settings: Settings) -> Transport:
    """The transport that the setting `sync_transport` names."""
    return SshTransport() if settings.sync_transport == "ssh" else StreamTransport()


def download_from_s3(
    settings: Settings, staged: Mapping[str, Any], transport: Transport | None = None
) -> StagedFile:
    """Bring the staged file to where Postgres reads it, and hold it against its manifest.

    Raises:
        VerificationError: the file or its manifest is gone, or another export took its place.
        StoreUnavailableError: S3 is away.
    """
    told = cast(StagedFile, dict(staged))
    written = read_manifest(settings, StagedPlace.holding(told), told["plan"])
    if written["sha256"] != told["sha256"]:
        raise VerificationError(
            f"{named(told)} was overwritten by another export of its run; start again from it"
        )
    (transport or transport_of(settings)).fetch(settings, written)
    return written
