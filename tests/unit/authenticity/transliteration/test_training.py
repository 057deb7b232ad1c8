from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from upbeat.authenticity.transliteration.alignment import Aligner, Pairs, chunk_number, chunk_text
from upbeat.authenticity.transliteration.corpora import Corpus, read_corpora, split_of
from upbeat.authenticity.transliteration.decoder import Decoder
from upbeat.authenticity.transliteration.model_file import Parameters, read_parameters, write_parameters
from upbeat.authenticity.transliteration.recipe import Recipe
from upbeat.authenticity.transliteration.training import train
from upbeat.errors import InputError

from .made_up import made_up_corpus


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return made_up_corpus()


@pytest.fixture(scope="module")
def parameters(corpus: Corpus) -> Parameters:
    return train([corpus.part("train")], lambda text: None)


def test_a_model_spells_words_that_it_has_not_seen(corpus: Corpus, parameters: Parameters) -> None:
    unseen = corpus.part("test").references
    spellings = Decoder(parameters).decode(list(unseen))
    right = sum(latin in unseen[word] for word, latin in zip(unseen, spellings, strict=True))
    assert len(unseen) > 500
    assert right == len(unseen)


def test_the_same_words_give_the_same_bytes(corpus: Corpus, parameters: Parameters, tmp_path: Path) -> None:
    write_parameters(tmp_path / "one", parameters)
    write_parameters(tmp_path / "two", train([corpus.part("train")], lambda text: None))
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_a_file_gives_back_what_was_written(parameters: Parameters, tmp_path: Path) -> None:
    write_parameters(tmp_path / "hi.model", parameters)
    read = read_parameters(tmp_path / "hi.model")
    for name in Parameters.__slots__:
        assert np.array_equal(getattr(read, name), getattr(parameters, name)), name


@pytest.mark.parametrize("content", [b"", b"{}", b"[]\n", b'{"format":"other"}\n', b"\xff\xfe"])
def test_a_file_of_something_else_is_named_with_the_way_out(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "hi.model").write_bytes(content)
    with pytest.raises(InputError, match=r"hi\.model: .*upbeat train transliteration"):
        read_parameters(tmp_path / "hi.model")


def test_a_file_that_ends_early_is_refused(parameters: Parameters, tmp_path: Path) -> None:
    write_parameters(tmp_path / "hi.model", parameters)
    content = (tmp_path / "hi.model").read_bytes()
    (tmp_path / "hi.model").write_bytes(content[:-10])
    with pytest.raises(InputError, match="no file of parameters"):
        read_parameters(tmp_path / "hi.model")


def test_a_missing_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="upbeat train transliteration"):
        read_parameters(tmp_path / "hi.model")


def test_alignment_finds_which_letters_belong_to_which_unit() -> None:
    native, latin = ["राम", "राजा", "रमा", "जाम"] * 5, ["ram", "raja", "rama", "jam"] * 5
    aligner = Aligner(Pairs(native, latin, np.ones(20)))
    aligner.estimate()
    aligner.keep_best(8)
    found = [
        [chunk_text(int(number)) for number in chunks] for chunks in aligner.best()[:4] if chunks is not None
    ]
    assert found == [["r", "a", "m", ""], ["r", "a", "j", "a"], ["r", "a", "m", "a"], ["j", "a", "m", ""]]


@pytest.mark.parametrize("chunk", ["", "a", "z", "kh", "chh", "aaa", "zzz"])
def test_chunks_and_their_numbers_are_one_to_one(chunk: str) -> None:
    assert chunk_text(chunk_number(chunk)) == chunk


def test_a_word_has_the_same_split_in_every_list_and_encoding() -> None:
    assert split_of("\u095c") == split_of("\u0921\u093c")
    splits = [split_of(word) for word in made_up_corpus().references]
    shares = [splits.count(split) / len(splits) for split in ("train", "dev", "test")]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.02)


def test_lists_are_read_with_attestations_and_without_rows_that_teach_nothing(tmp_path: Path) -> None:
    rows = "native\tlatin\tattestations\tofficial_split\nराम\tRam\t3\ttrain\nराम\traam\t1\ttrain\nab\tab\t1\ttrain\nक\tk a\t1\ttrain\n"
    (tmp_path / "dakshina_hi.tsv").write_text(rows, encoding="utf-8")
    (corpus,) = read_corpora(tmp_path, "hi")
    assert corpus == Corpus("dakshina", {"राम": {"ram": 3.0, "raam": 1.0}})


def test_a_folder_without_lists_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"dakshina_hi\.tsv"):
        read_corpora(tmp_path, "hi")


def test_a_fit_to_any_attested_spelling_learns_through_spellings_that_nobody_could_foretell(
    corpus: Corpus,
) -> None:
    """Every tenth word has another word's spelling."""
    words = corpus.part("train").references
    spellings = list(words.values())
    noisy = {
        word: spellings[place - 1] if place % 10 == 0 else latin
        for place, (word, latin) in enumerate(words.items())
    }
    parameters = train([Corpus("dakshina", noisy)], lambda text: None, recipe=Recipe(tolerance=0.5))
    unseen = corpus.part("test").references
    found = Decoder(parameters).decode(list(unseen))
    right = sum(latin in unseen[word] for word, latin in zip(unseen, found, strict=True))
    assert right >= 0.99 * len(unseen)
