"""Uses of names, added up over the sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

# Spellings and abbreviations of the sources, by what ISO 3166-2:IN calls the state today. A state that was parted keeps its name: where its
# people live now is not in the sources.
_STATE_SPELLINGS = {
    "andaman": "Andaman and Nicobar Islands", "andaman & nicobar islands": "Andaman and Nicobar Islands",
    "andaman and nicobar islands": "Andaman and Nicobar Islands", "andhra": "Andhra Pradesh", "arunachal": "Arunachal Pradesh",
    "dadra": "Dadra and Nagar Haveli and Daman and Diu", "dadra & nagar haveli": "Dadra and Nagar Haveli and Daman and Diu",
    "dadra and nagar haveli": "Dadra and Nagar Haveli and Daman and Diu", "daman": "Dadra and Nagar Haveli and Daman and Diu",
    "daman & diu": "Dadra and Nagar Haveli and Daman and Diu", "daman and diu": "Dadra and Nagar Haveli and Daman and Diu",
    "guj": "Gujarat", "har": "Haryana", "jammu & kashmir": "Jammu and Kashmir", "jha": "Jharkhand", "jk": "Jammu and Kashmir", "kar": "Karnataka",
    "mp": "Madhya Pradesh", "nct of delhi": "Delhi", "odi": "Odisha", "orissa": "Odisha", "tel": "Telangana", "up": "Uttar Pradesh",
    "utt": "Uttarakhand",
}  # fmt: skip


def state_name(spelling: str) -> str:
    """One name for a state, however a source writes it."""
    plain = " ".join(spelling.lower().split())
    return _STATE_SPELLINGS.get(plain) or plain.title().replace(" And ", " and ")


@dataclass(slots=True)
class Uses:
    """What the sources say of one token.

    `surname_female_share` is of those with this last name; it tells nothing where the token's own bearers are known.
    """

    n_first: int = 0
    n_last: int = 0
    n_male: int = 0
    n_female: int = 0
    surname_female_share: float | None = None
    states: Counter[str] = field(default_factory=Counter)
    sources: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        """Uses as first and as last name."""
        return self.n_first + self.n_last

    @property
    def female_share(self) -> float | None:
        """0 to 1; None where no source tells."""
        known = self.n_male + self.n_female
        return self.n_female / known if known else self.surname_female_share

    def top_states(self, count: int) -> list[str]:
        """Where it is used most, the first the most, ties by the alphabet."""
        return [
            state for state, _ in sorted(self.states.items(), key=lambda item: (-item[1], item[0]))[:count]
        ]


class Tally:
    """Uses by token."""

    def __init__(self) -> None:
        self.uses: dict[str, Uses] = {}

    def of(self, token: str) -> Uses:
        """What is known of a token so far, to add to."""
        return self.uses.setdefault(token, Uses())

    def known_from(self, token: str, source: str) -> bool:
        """Whether a source's uses of a token are counted already."""
        return token in self.uses and source in self.uses[token].sources

    def add_ranked_states(self, token: str, spellings: Iterable[str], places: int) -> None:
        """States known by their order alone: the first of five weighs as five uses, the last as one."""
        states = self.of(token).states
        for place, spelling in enumerate(spellings):
            states[state_name(spelling)] += max(places - place, 1)
