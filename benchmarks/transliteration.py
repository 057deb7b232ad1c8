"""How many distinct Indic words a second are spelled, how long do the models load, and how often is a spelling one that people wrote?

One process, no cache: each word is spelled once in a round. The peer is `anyascii`, which maps character by character, on the same words in
turn. Words are those of the Dakshina and Aksharantar lists (../shared/data, or UPBEAT_SHARED_DATA); exact match is counted on their test part, which
training leaves out. Without the lists there is nothing to spell, and only size and loading are measured.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from anyascii import anyascii

from benchmarks.rows import Row
from upbeat.authenticity.transliteration import LANGUAGES, Transliterator
from upbeat.authenticity.transliteration.corpora import Corpus, read_corpora
from upbeat.authenticity.transliteration.evaluation import judge, yardsticks
from upbeat.authenticity.transliteration.transliterator import MODELS
from upbeat.settings import REPOSITORY

REPEATS = 3
WORDS = 30_000
WORDS_PER_SECOND = 50_000.0
LOAD_SECONDS = 0.1
MEBIBYTES = 10.0


def run(say: Callable[[str], None]) -> list[Row]:
    """Loading and size, then language by language speed and quality."""
    rows = [_load_row(), _size_row()]
    folder = _data_folder()
    if not folder.is_dir():
        say(f"no word lists at {folder}: speed and quality are left out")
        return rows
    transliterator = Transliterator.load()
    for language in LANGUAGES:
        corpora = read_corpora(folder, language)
        rows.append(_speed_row(transliterator, language, corpora))
        rows += _quality_rows(transliterator, language, corpora)
        say(f"{language}: {rows[-1].what} {rows[-1].ours[0]:.3f}")
    return rows


def _load_row() -> Row:
    Transliterator.load()
    seconds = [_seconds(Transliterator.load)[0] for _ in range(REPEATS)]
    return Row(
        what=f"loading all {len(LANGUAGES)} models",
        unit="s",
        ours=seconds,
        peer=[],
        peer_name="",
        target=LOAD_SECONDS,
        lower_is_better=True,
    )


def _size_row() -> Row:
    size = sum((MODELS / f"{language}.model").stat().st_size for language in LANGUAGES) / 2**20
    return Row(
        what="all models on disk",
        unit="MiB",
        ours=[size],
        peer=[],
        peer_name="",
        target=MEBIBYTES,
        lower_is_better=True,
    )


def _speed_row(transliterator: Transliterator, language: str, corpora: Sequence[Corpus]) -> Row:
    words = list(dict.fromkeys(word for corpus in corpora for word in corpus.references))[:WORDS]
    ours, peer = [], []
    for _ in range(REPEATS):
        ours.append(len(words) / _seconds(lambda: transliterator.to_latin(words, language))[1])
        peer.append(len(words) / _seconds(lambda: [anyascii(word).lower() for word in words])[1])
    return Row(
        what=f"{language}: distinct words, none seen before",
        unit="words/s",
        ours=ours,
        peer=peer,
        peer_name="anyascii",
        target=WORDS_PER_SECOND,
        note=f"{len(words):,} words a round, by processor time, which other work on the machine hardly stretches",
    )


def _quality_rows(transliterator: Transliterator, language: str, corpora: Sequence[Corpus]) -> list[Row]:
    spellers = {"model": lambda words: transliterator.to_latin(words, language), **yardsticks(language)}
    rows = []
    for corpus in corpora:
        model, *others = judge(corpus.part("test"), language, spellers)
        best = max(others, key=lambda other: other.exact)
        rows.append(
            Row(
                what=f"{language}: exact match, {corpus.name}",
                unit="share",
                ours=[model.exact],
                peer=[best.exact],
                peer_name=best.speller,
                note=f"{model.words:,} unseen words, 95 % {model.low:.3f} to {model.high:.3f}; character errors "
                f"{model.character_errors:.3f} against {best.character_errors:.3f}",
            )
        )
    return rows


def _seconds(work: Callable[[], object]) -> tuple[float, float]:
    """Time that passed, and processor time."""
    begun, used = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - begun, time.process_time() - used


def _data_folder() -> Path:
    shared = os.environ.get("UPBEAT_SHARED_DATA") or REPOSITORY.parent / "shared" / "data"
    return Path(shared) / "transliteration"
