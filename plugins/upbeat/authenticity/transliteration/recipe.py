"""What differs between languages in how their models are fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

_CORPUS_WEIGHTS = MappingProxyType({"dakshina": 1.5, "aksharantar": 1.0, "parlikar": 1.0, "affidavit": 0.5})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to fit the model of one language.

    Attributes:
        corpus_weights: what a word of each list counts. Aksharantar is partly mined, the affidavit names are noisy.
        lasso: the penalty on absolute weights while features are chosen.
        tolerance: None to make each spelling as probable as it was attested; a number, 0 to 1, to make it probable that one of
            them comes out, the q of the loss in `attested`.
    """

    corpus_weights: Mapping[str, float] = field(default_factory=lambda: _CORPUS_WEIGHTS)
    lasso: float = 0.08
    tolerance: float | None = None


COMMON = Recipe()
RECIPES = {
    "te": Recipe(corpus_weights={**_CORPUS_WEIGHTS, "dakshina": 4.0}, lasso=0.1, tolerance=0.5),
}
"""By language; the others take `COMMON`. Chosen on the dev part. Telugu has two habits of equal standing, long vowels doubled throughout or not
at all, and a model that shall give each its share mixes them within a word."""


def recipe_of(language: str) -> Recipe:
    """The recipe by which the shipped model of a language was fitted."""
    return RECIPES.get(language, COMMON)
