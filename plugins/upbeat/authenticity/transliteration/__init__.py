"""Indic words and names in Latin letters, by models trained on what people write.

`joiners` cleans and `units` takes words apart, `decoder` finds the best spelling under the parameters of `model_file`, `transliterator` is what
others use. `corpora`, `alignment`, `attested`, `field`, `recipe` and `training` make the parameters, `evaluation` judges them; `rules` is the
mapping without training.
"""

from upbeat.authenticity.transliteration.languages import LANGUAGES, language_of
from upbeat.authenticity.transliteration.transliterator import Transliterator

__all__ = ["LANGUAGES", "Transliterator", "language_of"]
