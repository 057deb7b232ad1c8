"""Why an asset is not kept."""

from __future__ import annotations

from upbeat.errors import UpbeatError


class AssetRefusedError(UpbeatError):
    """It may not be kept, now or later: what it is, how large it is, or where it lies."""


class AssetUnavailableError(UpbeatError):
    """Its address gives nothing any more (403, 404, 410): it has expired, or the asset is gone. A new address may give it.

    `is_forbidden` (403): of an address that is new, this tells of us, not of the asset.
    """

    def __init__(self, message: str, *, is_forbidden: bool = False) -> None:
        super().__init__(message)
        self.is_forbidden = is_forbidden
