"""How often a spelling is one that people wrote, and how far off the others are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from upbeat.authenticity.transliteration.corpora import Corpus
from upbeat.authenticity.transliteration.rules import to_latin_by_rule
from upbeat.wilson import wilson_interval

Speller = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """One way of spelling, judged on the words of one list.

    Attributes:
        language: ISO 639-1.
        corpus: name of the list.
        speller: `model`, `rules` or `anyascii`.
        words: native words that were spelled.
        exact: share of the words whose spelling is one of the attested ones.
        low: lower end of its 95 % interval (Wilson, 1927).
        high: upper end.
        character_errors: edits to the nearest attested spelling, as a share of that spelling's letters, over all words.
    """

    language: str
    corpus: str
    speller: str
    words: int
    exact: float
    low: float
    high: float
    character_errors: float


def judge(corpus: Corpus, language: str, spellers: dict[str, Speller]) -> list[Quality]:
    """One row for each speller; none for a list without words."""
    words = list(corpus.references)
    if not words:
        return []
    return [_judge(corpus, language, name, speller(words)) for name, speller in spellers.items()]


def _judge(corpus: Corpus, language: str, name: str, spellings: list[str]) -> Quality:
    from rapidfuzz.distance import Levenshtein

    exact = edits = letters = 0
    for references, spelling in zip(corpus.references.values(), spellings, strict=True):
        exact += spelling in references
        nearest = min((Levenshtein.distance(spelling, latin), len(latin)) for latin in references)
        edits += nearest[0]
        letters += nearest[1]
    low, high = wilson_interval(exact, len(spellings))
    return Quality(
        language=language,
        corpus=corpus.name,
        speller=name,
        words=len(spellings),
        exact=exact / len(spellings),
        low=low,
        high=high,
        character_errors=edits / letters,
    )


def yardsticks(language: str) -> dict[str, Speller]:
    """The rule mapping, and `anyascii` where that library is installed."""
    found: dict[str, Speller] = {"rules": lambda words: to_latin_by_rule(words, language)}
    try:
        from anyascii import anyascii
    except ImportError:  # a library of development only
        return found
    found["anyascii"] = lambda words: [anyascii(word).lower() for word in words]
    return found
