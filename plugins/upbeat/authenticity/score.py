"""Scores many followers by the rules: all steps from the written name to the decision (D1–D6).

`Scorer.load(settings).rules(followers)`; with `processes=2` two processes share the followers, started at the first call
that has enough of them and ended by `close`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from types import TracebackType
from typing import TYPE_CHECKING

from upbeat.authenticity.follower import Follower, RuleScore
from upbeat.authenticity.match import similarity
from upbeat.authenticity.names import NameTable
from upbeat.authenticity.normalise import ReadName, normalise_handle, normalise_names
from upbeat.authenticity.rules import decide
from upbeat.authenticity.score_pool import ScorePool
from upbeat.authenticity.transliteration import Transliterator

if TYPE_CHECKING:
    from upbeat.settings import Settings

RULES_VERSION = 2
"""Of the steps in code; raised when the same follower can get another score."""

CHUNK = 2_000
"""Followers that are scored at once: enough for the transliteration to be cheap, some tens of milliseconds of work."""


class Scorer:
    """The rules with the tables that they need. Holds no state of what was scored."""

    def __init__(self, *, names: NameTable, transliterator: Transliterator, threshold: float = 80.0) -> None:
        self._names = names
        self._transliterator = transliterator
        self._threshold = threshold
        self._pool: ScorePool | None = None

    @classmethod
    def load(cls, settings: Settings | None = None) -> Scorer:
        """Read the tables that ship; the threshold is that of the settings.

        Raises:
            InputError: a file of `include/authenticity` is missing or damaged.
        """
        if settings is None:
            from upbeat.settings import get_settings

            settings = get_settings()
        return cls.with_threshold(settings.similarity_threshold)

    @classmethod
    def with_threshold(cls, threshold: float) -> Scorer:
        """Read the tables that ship; `threshold` is the similarity from which on an underscore means nothing."""
        return cls(names=NameTable.load(), transliterator=Transliterator.load(), threshold=threshold)

    @property
    def version(self) -> str:
        """Names the rules, the threshold, the table of names and the models of transliteration: equal versions score alike."""
        tables = f"names {self._names.version}, transliteration {self._transliterator.version}"
        return f"rules {RULES_VERSION}, threshold {self._threshold:g}, {tables}"

    @property
    def names_version(self) -> str:
        """Of the table of names alone."""
        return self._names.version

    def rules(self, followers: Sequence[Follower], *, processes: int = 1) -> list[RuleScore]:
        """The score of each follower, in order. Any text will do as handle and name; none raises.

        Args:
            processes: that share the work where it is more than one chunk of `CHUNK` followers. They import the main module: a script
                that asks for more than one begins with `if __name__ == "__main__":`.
        """
        chunks = (followers[start : start + CHUNK] for start in range(0, len(followers), CHUNK))
        return list(chain.from_iterable(scores for _, scores in self.stream(chunks, processes=processes)))

    def stream(
        self, chunks: Iterable[Sequence[Follower]], *, processes: int = 1
    ) -> Iterator[tuple[Sequence[Follower], list[RuleScore]]]:
        """The chunks with their scores, in order; of an endless input only a few chunks are held at once."""
        if processes == 1:
            return self._stream_alone(chunks)
        rest = iter(chunks)
        first = list(islice(rest, 2))
        if len(first) < 2:
            # Starting processes takes longer than a single chunk.
            return self._stream_alone(first)
        if self._pool is None:
            self._pool = ScorePool(processes, self._threshold)
        return self._pool.stream(chain(first, rest))

    def close(self) -> None:
        """End the processes that were started; the scorer can be used on."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def __enter__(self) -> Scorer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _stream_alone(
        self, chunks: Iterable[Sequence[Follower]]
    ) -> Iterator[tuple[Sequence[Follower], list[RuleScore]]]:
        return ((chunk, self._score(chunk)) for chunk in chunks)

    def _score(self, followers: Sequence[Follower]) -> list[RuleScore]:
        names = normalise_names([follower.full_name for follower in followers], self._transliterator)
        return [self._judged(follower.handle, name) for follower, name in zip(followers, names, strict=True)]

    def _judged(self, handle: str, name: ReadName) -> RuleScore:
        latin_name = name.latin_name
        alike = similarity(normalise_handle(handle), latin_name) if latin_name else 0.0
        entry = self._names.find(latin_name) if latin_name else None
        decision = decide(handle, lang_flag=name.lang_flag, similarity=alike, threshold=self._threshold)
        return RuleScore(
            score=decision.score,
            decided_by=decision.decided_by,
            lang_flag=name.lang_flag,
            digits=decision.digits,
            digits_flag=decision.digits_flag,
            special_char_flag=decision.special_char_flag,
            similarity=alike,
            is_known_name=entry is not None,
            script=name.script,
            latin_name=latin_name,
            matched_name=None if entry is None else entry.token,
        )
