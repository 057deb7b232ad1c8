"""All credentials that the stand-ins take, for the demo, tests and whoever tries things out."""

from __future__ import annotations

from upbeat.sandbox.registry import find_upstreams
from upbeat.sandbox.upstream import ShippedCredential


def shipped_credentials() -> list[ShippedCredential]:
    """Each once, by source: two APIs of one source share theirs."""
    upstreams = {upstream.name: upstream for upstream in find_upstreams().values()}
    return [
        upstream.shipped(credential)
        for _, upstream in sorted(upstreams.items())
        for credential in upstream.credentials
    ]
