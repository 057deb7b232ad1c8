"""The sandbox's made-up credentials and what state each is in. None of them opens anything elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from upbeat.errors import InputError

VALID = "valid"
STATES = (VALID, "expired", "revoked", "data_access_expired", "missing_scope")
"""The last two are still served; only validation (Graph's `debug_token`) tells them."""
_SERVED = frozenset({VALID, "data_access_expired", "missing_scope"})


@dataclass(slots=True)
class CredentialStates:
    """The known credentials per source (as shipped, and made up since), and the states that differ from `valid`."""

    shipped: Mapping[str, tuple[str, ...]]
    known: dict[str, tuple[str, ...]] = field(init=False)
    _states: dict[tuple[str, str], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.known = dict(self.shipped)

    def refusal(self, source: str, credential: str) -> str | None:
        """Why the credential is refused: `missing`, `unknown`, `expired`, `revoked`; None when it is served."""
        known = self.known[source]
        if not known:
            return None
        if not credential:
            return "missing"
        if credential not in known:
            return "unknown"
        state = self._states.get((source, credential), VALID)
        return None if state in _SERVED else state

    def state(self, source: str, credential: str) -> str:
        """The state of a credential; `unknown` for one that the sandbox did not make up."""
        if credential not in self.known[source]:
            return "unknown"
        return self._states.get((source, credential), VALID)

    def make_up(self, source: str, credential: str) -> None:
        """Let a source know one more credential until the reset. Raises `InputError` for one that needs none."""
        if not self.known.get(source):
            raise InputError(f"{source}: no such source in the sandbox, or it needs no credential")
        if credential not in self.known[source]:
            self.known[source] = (*self.known[source], credential)

    def change(self, source: str, credential: str, state: str) -> None:
        """Put a known credential into a state. Raises `InputError` for anything unknown."""
        if credential not in self.known.get(source, ()):
            raise InputError(
                f"{source}: the sandbox made up no such credential: see GET /_sandbox/credentials"
            )
        if state not in STATES:
            raise InputError(f"state={state}: no such state: there is {', '.join(STATES)}")
        self._states[source, credential] = state

    def reset(self) -> None:
        """All credentials valid again, and none but those that ship."""
        self._states.clear()
        self.known = dict(self.shipped)
