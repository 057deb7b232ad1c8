"""When a failing source is left alone: a rule over consecutive passing failures. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

TOLERATED_FAILURES = 3
FIRST_PENALTY_SECONDS = 1.0
LONGEST_PENALTY_SECONDS = 60.0


@dataclass(slots=True)
class SourceHealth:
    """Counts the passing failures (5xx, time-outs, lost connections) that each source had in a row, in this process."""

    _in_a_row: dict[str, int] = field(default_factory=dict)

    def succeeded(self, source: str) -> None:
        """The source answered: it is well."""
        self._in_a_row.pop(source, None)

    def failed(self, source: str, retry_after: float | None) -> float:
        """How many seconds nobody should ask the source; 0.0 for a failure that may be an accident.

        `retry_after` is what the source asked for itself, which holds at once. Else the third failure in a row costs
        1 s, and each further one twice as long, up to a minute.
        """
        failures = self._in_a_row[source] = self._in_a_row.get(source, 0) + 1
        if retry_after is not None:
            return retry_after
        beyond = failures - TOLERATED_FAILURES
        if beyond < 0:
            return 0.0
        return min(FIRST_PENALTY_SECONDS * 2.0 ** min(beyond, 10), LONGEST_PENALTY_SECONDS)
