"""A small made-up language in Devanagari, for tests that train: sounds are regular, and one rule needs its surroundings."""

from __future__ import annotations

from itertools import product

from upbeat.authenticity.transliteration.corpora import Corpus

_CONSONANTS = {"क": "k", "म": "m", "र": "r", "स": "s", "त": "t"}
_VOWELS = {"": "a", "ा": "aa", "ि": "i", "ु": "u"}


def made_up_corpus() -> Corpus:
    """All words of two or three syllables; the vowel of the last is silent when it is not written."""
    syllables = [(c + v, _CONSONANTS[c] + _VOWELS[v]) for c, v in product(_CONSONANTS, _VOWELS)]
    references = {}
    for count in (2, 3):
        for word in product(syllables, repeat=count):
            native, latin = ("".join(parts) for parts in zip(*word, strict=True))
            if native[-1] in _CONSONANTS:
                latin = latin[:-1]
            references[native] = {latin: 1.0}
    return Corpus("dakshina", references)
