"""How many distinct followers a second are scored by the rules, and how many by the same steps one at a time with a scan of the names?

Both sides take made-up followers, each new to the process that scores it. The peer does what the specification says without an
index or a batch: the formula for each order of the name, then a scan of the table of names for the same name, then one for
OSA distance 1. Its results on a sample have to be ours to the last digit.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import permutations

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from benchmarks.made_up_followers import made_up_followers
from benchmarks.rows import Row
from upbeat.authenticity.follower import Follower, RuleScore
from upbeat.authenticity.names.parts import name_parts
from upbeat.authenticity.names.table import TABLE_FILE, WEAKEST_CORRECTION, NameTable
from upbeat.authenticity.names.table_file import read
from upbeat.authenticity.normalise import normalise_handle, normalise_names
from upbeat.authenticity.rules import decide
from upbeat.authenticity.score import Scorer
from upbeat.authenticity.transliteration import Transliterator

REPEATS = 3
FOLLOWERS = 40_000
SAMPLE = 300
THRESHOLD = 80.0
PROCESSES = 2
TARGET, TARGET_RATIO = 5_000, 100


class OneAtATime:
    """The steps of the specification for one follower after the other."""

    def __init__(self) -> None:
        columns, _ = read(TABLE_FILE)
        self._tokens = columns.tokens
        self._words = frozenset(columns.words)
        self._uses = (columns.n_first.astype(int) + columns.n_last).tolist()
        self._transliterator = Transliterator.load()

    def rules(self, followers: Sequence[Follower]) -> list[RuleScore]:
        """The score of each."""
        return [self._score(follower) for follower in followers]

    def _score(self, follower: Follower) -> RuleScore:
        (name,) = normalise_names([follower.full_name], self._transliterator)
        alike = _similarity(normalise_handle(follower.handle), name.latin_name)
        decision = decide(follower.handle, lang_flag=name.lang_flag, similarity=alike, threshold=THRESHOLD)
        matched = self._find(name.latin_name) if name.latin_name else None
        return RuleScore(
            score=decision.score,
            decided_by=decision.decided_by,
            lang_flag=name.lang_flag,
            digits=decision.digits,
            digits_flag=decision.digits_flag,
            special_char_flag=decision.special_char_flag,
            similarity=alike,
            is_known_name=matched is not None,
            script=name.script,
            latin_name=name.latin_name,
            matched_name=matched,
        )

    def _find(self, latin_name: str) -> str | None:
        """The table is sorted by uses: of several finds the first in it is the best."""
        for parts in name_parts(latin_name):
            exact = [rank for part in parts for rank, token in enumerate(self._tokens) if token == part]
            if exact:
                return self._tokens[min(exact)]
            near = [
                rank
                for part in parts
                if len(part) >= 5 and part not in self._words
                for rank, token in enumerate(self._tokens)
                if OSA.distance(part, token, score_cutoff=1) == 1 and self._uses[rank] >= WEAKEST_CORRECTION
            ]
            if near:
                return self._tokens[min(near)]
        return None


def _similarity(handle: str, latin_name: str | None) -> float:
    if not handle or not latin_name:
        return 0.0
    parts = latin_name.split()
    orders = [" ".join(order) for order in permutations(parts)] if len(parts) <= 4 else [latin_name]
    return max(
        (
            2 * fuzz.partial_ratio(handle, order)
            + fuzz.token_sort_ratio(handle, order)
            + fuzz.token_set_ratio(handle, order)
        )
        / 4
        for order in orders
    )


def run(say: Callable[[str], None]) -> list[Row]:
    """Ours on one and on two cores, and the peer, in turn."""
    followers = made_up_followers((REPEATS * 2 + 1) * FOLLOWERS)
    say(f"{len(followers):,} distinct followers made up")
    batches = iter([followers[start : start + FOLLOWERS] for start in range(0, len(followers), FOLLOWERS)])
    peer = OneAtATime()
    alone, shared, scanned = [], [], []
    with Scorer(names=_names(), transliterator=Transliterator.load(), threshold=THRESHOLD) as scorer:
        warm = next(batches)
        scorer.rules(warm, processes=PROCESSES)  # starts the processes
        for repeat in range(REPEATS):
            one, two = next(batches), next(batches)
            sample = two[:SAMPLE]
            rate, _ = _rate(lambda one=one: scorer.rules(one))
            alone.append(rate)
            rate, rules = _rate(lambda two=two: scorer.rules(two, processes=PROCESSES))
            shared.append(rate)
            rate, expected = _rate(lambda sample=sample: peer.rules(sample))
            scanned.append(rate)
            assert rules[:SAMPLE] == expected, "the peer scores otherwise"
            say(
                f"repeat {repeat + 1} of {REPEATS}: {alone[-1]:,.0f}/s on one core, {shared[-1]:,.0f}/s on two, peer {rate:,.0f}/s"
            )
    note = f"{FOLLOWERS:,} new followers a repeat; the peer scores {SAMPLE} of them, with the same results to the last digit"
    name = "plain RapidFuzz calls and a scan of the names"
    return [
        Row(
            what=f"scored on {PROCESSES} cores", unit="followers/s", ours=shared, peer=scanned, peer_name=name,
            target=TARGET, note=note,
        ),
        Row(what="scored on 1 core", unit="followers/s", ours=alone, peer=scanned, peer_name=name, target=TARGET),
        Row(
            what=f"times the peer, {PROCESSES} cores", unit="×", ours=[ours / theirs for ours, theirs in zip(shared, scanned, strict=True)],
            peer=[], peer_name="", target=TARGET_RATIO,
        ),
    ]  # fmt: skip


def _names() -> NameTable:
    """The table with its index made, which the first near look-up does."""
    names = NameTable.load()
    names.near("warming")
    return names


def _rate(score: Callable[[], list[RuleScore]]) -> tuple[float, list[RuleScore]]:
    began = time.perf_counter()
    rules = score()
    return len(rules) / (time.perf_counter() - began), rules
