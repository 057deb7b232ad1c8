"""From follower to score: all steps together, one follower after the other, in batches, and in processes."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from itertools import permutations

import psutil
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rapidfuzz import fuzz

from upbeat.authenticity.follower import Follower
from upbeat.authenticity.names import NameTable
from upbeat.authenticity.score import CHUNK, Scorer
from upbeat.authenticity.transliteration import Transliterator
from upbeat.settings import Settings


@pytest.fixture(scope="module")
def scorer() -> Iterator[Scorer]:
    with Scorer.load(Settings()) as loaded:
        yield loaded


@pytest.mark.parametrize(
    ("handle", "full_name", "score", "decided_by"),
    [
        ("eleni", "Ελένη", 1.0, "lang_flag"),
        ("virat12345", "Virat", 1.0, "digits"),
        ("xq_zw", "Virat Kohli", 1.0, "special_char"),
        ("xq_zw", None, 1.0, "special_char"),
        ("virat_", "Virat", 0.0, "none"),
        ("qzxwv", "Virat Kohli Rao", 0.33, "similarity"),
        ("qzxwv", None, 0.0, "none"),
        ("qzxwv", "🎀", 0.0, "none"),
        ("viratkohli", "𝓥𝓲𝓻𝓪𝓽 𝓚𝓸𝓱𝓵𝓲", 0.0, "none"),
    ],
)
def test_the_features_decide(
    scorer: Scorer, handle: str, full_name: str | None, score: float, decided_by: str
) -> None:
    # "qzxwv" and "virat kohli rao" share a letter or two.
    (rule,) = scorer.rules([Follower(handle=handle, full_name=full_name)])
    assert (rule.score, rule.decided_by) == (score, decided_by)


def test_a_known_name_is_told_and_changes_nothing(scorer: Scorer) -> None:
    known, unknown = scorer.rules(
        [Follower(handle="qq", full_name="Kumar"), Follower(handle="qq", full_name="Bcdfgh")]
    )
    assert (known.is_known_name, known.matched_name) == (True, "kumar")
    assert (unknown.is_known_name, unknown.matched_name) == (False, None)
    assert known.score == unknown.score


def test_a_name_one_letter_away_is_found(scorer: Scorer) -> None:
    (rule,) = scorer.rules([Follower(handle="x", full_name="Shivakumarr")])
    assert rule.matched_name == "shivakumar"


def test_without_a_name_nothing_is_told_of_it(scorer: Scorer) -> None:
    (rule,) = scorer.rules([Follower(handle="asha", full_name="✨")])
    assert (rule.similarity, rule.latin_name, rule.script, rule.is_known_name) == (0.0, None, None, False)


def test_the_threshold_of_the_settings_holds_and_stands_in_the_version() -> None:
    follower = Follower(handle="asha_rani_rao", full_name="Asha Rani Rao")
    strict, mild = (
        Scorer.load(Settings.model_validate({"similarity_threshold": value})) for value in (100, 10)
    )
    assert [scorer.rules([follower])[0].special_char_flag for scorer in (strict, mild)] == [True, False]
    assert strict.version != mild.version


def test_what_the_scores_came_from_stands_in_the_version() -> None:
    names, hindi, telugu = NameTable.load(), Transliterator.load(["hi"]), Transliterator.load(["te"])
    one, other = (Scorer(names=names, transliterator=models).version for models in (hindi, telugu))
    assert one != other
    assert names.version in one
    assert hindi.version in one


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "👑🎀",
        "12345",
        "a" * 10_000,
        "अ" * 10_000,
        "ab " * 5_000,
        "محمد abc עברית",
        "\ud83d",
        "a\x00b",
        "\u202eabc",
    ],
)
def test_no_text_is_refused_and_none_takes_long(scorer: Scorer, text: str) -> None:
    began = time.process_time()
    rules = scorer.rules([Follower(handle=text, full_name=text), Follower(handle="asha", full_name="Asha")])
    # Without a bound on what is compared, two texts of 10,000 letters take most of a minute.
    assert time.process_time() - began < 10
    assert rules[1].similarity == 100.0


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=30), st.none() | st.text(max_size=40))
def test_every_score_follows_from_its_features(scorer: Scorer, handle: str, full_name: str | None) -> None:
    (rule,) = scorer.rules([Follower(handle=handle, full_name=full_name)])
    assert 0 <= rule.similarity <= 100
    if rule.lang_flag or rule.digits_flag or rule.special_char_flag:
        assert rule.score == 1.0
    else:
        assert rule.score == (0.33 if 0 < rule.similarity <= 40 else 0.0)


WORDS = [
    "virat",
    "Kohli",
    "asha",
    "k",
    "RAO",
    "Nandamuri",
    "o'brien",
    "2020",
    "xq",
    "Ελένη",
    "李明",
    "🎀",
    "-",
]
HANDLE_PARTS = ["virat", "Kohli", "asha", "rao", "nandamuri", "obrien", "k", "q", "_", ".", "1", "23", "456"]


def read_literally(handle: str, full_name: str | None) -> tuple[float, str]:
    """D4 and D6 as they are written, for names that are Latin words in ASCII, Greek and Chinese ones, and signs."""
    letters = [letter for letter in full_name or "" if letter.isalpha()]
    foreign = [letter for letter in letters if not letter.isascii()]
    parts = re.findall(r"[^\W_]+", (full_name or "").lower().replace("'", ""))
    parts = ["".join(c for c in unicodedata.normalize("NFD", part) if c != "\u0301") for part in parts]
    orders = permutations(parts) if len(parts) <= 4 else [tuple(parts)]
    alike = 0.0
    for order in orders if parts else []:
        name, folded = " ".join(order), handle.lower()
        ratios = (
            fuzz.partial_ratio(folded, name),
            fuzz.token_sort_ratio(folded, name),
            fuzz.token_set_ratio(folded, name),
        )
        alike = max(alike, (2 * ratios[0] + ratios[1] + ratios[2]) / 4)
    if len(foreign) > len(letters) / 2:
        return 1.0, "lang_flag"
    if len([sign for sign in handle if sign in "0123456789"]) > 4:
        return 1.0, "digits"
    if "_" in handle and alike < 80:
        return 1.0, "special_char"
    if 0 < alike <= 40:
        return 0.33, "similarity"
    return 0.0, "none"


@hypothesis_settings(deadline=None, max_examples=300)
@given(
    st.lists(st.sampled_from(HANDLE_PARTS), min_size=1, max_size=6).map("".join),
    st.none() | st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join),
)
def test_a_score_is_what_the_rules_say_when_they_are_read_literally(
    scorer: Scorer, handle: str, full_name: str | None
) -> None:
    (rule,) = scorer.rules([Follower(handle=handle, full_name=full_name)])
    assert (rule.score, rule.decided_by) == read_literally(handle, full_name)


def test_two_processes_give_the_same_in_the_same_order(scorer: Scorer) -> None:
    names = ["Virat Kohli", "राम कुमार", "Ελένη", None, "𝓐𝓼𝓱𝓪", "\ud83d", "சரவணன்"]
    followers = [
        Follower(handle=f"h_{number}", full_name=names[number % len(names)])
        for number in range(2 * CHUNK + 7)
    ]
    alone = scorer.rules(followers)
    assert scorer.rules(followers, processes=2) == alone
    assert scorer.rules(followers, processes=2) == alone, "the processes that were started serve again"


def test_the_processes_end_when_the_one_that_started_them_is_killed() -> None:
    script = (
        "import multiprocessing, time\n"
        "from upbeat.authenticity.follower import Follower\n"
        "from upbeat.authenticity.score import Scorer\n"
        "list(Scorer.with_threshold(80).stream([[Follower(handle='asha')]] * 4, processes=2))\n"
        "print(*(child.pid for child in multiprocessing.active_children()), flush=True)\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert parent.stdout is not None
        children = [psutil.Process(int(pid)) for pid in parent.stdout.readline().split()]
    finally:
        parent.kill()
        parent.communicate()
    assert len(children) == 2
    _, alive = psutil.wait_procs(children, timeout=240)
    assert alive == []


def test_a_stream_holds_a_few_chunks_at_once(scorer: Scorer) -> None:
    taken = 0

    def chunks() -> Iterator[list[Follower]]:
        nonlocal taken
        for number in range(40):
            taken += 1
            yield [Follower(handle=f"asha{number}")]

    stream = scorer.stream(chunks(), processes=2)
    first, _ = next(stream)
    assert first == [Follower(handle="asha0")]
    assert taken < 10
    assert [chunk[0].handle for chunk, _ in stream] == [f"asha{number}" for number in range(1, 40)]
