"""What a run of the listeners did, in figures."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class ListenerCounts:
    """Messages of one listener by what became of them.

    Attributes:
        handled: done, those included that changed nothing because something newer is there (`outdated`).
        repeated: done before; no second effect.
        parked: sent to the error exchange.
    """

    handled: int = 0
    outdated: int = 0
    repeated: int = 0
    parked: int = 0


@dataclass(slots=True)
class ListenSummary:
    """The figures of a run so far."""

    seconds: float = 0.0
    by_listener: dict[str, ListenerCounts] = field(default_factory=dict)

    def total(self, name: str) -> int:
        """A figure of `ListenerCounts`, of all listeners."""
        return sum(int(getattr(counts, name)) for counts in self.by_listener.values())
