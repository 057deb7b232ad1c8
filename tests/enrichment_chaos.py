"""A process that answers questions until all are answered, and that is killed meanwhile.

Tests start it, `python -m tests.enrichment_chaos`, with settings in its environment.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from tests.child_process import ChildProcess
from tests.enrichment_run import open_enricher, questions

from upbeat.embedded.settings_environment import settings_environment
from upbeat.enrichment.enricher import Enricher
from upbeat.enrichment.question import Question
from upbeat.errors import BackOffError, StoreUnavailableError, ThrottledError
from upbeat.settings import Settings, get_settings

MARGIN_SECONDS = 0.5
POINTS = ("llm_call_started", "llm_answer_received", "llm_repair_started", "llm_answer_settled")
"""Between any two steps of a question: written down, answered, its repair written down, settled."""


def enriching_process(
    settings: Settings, *, count: int, concurrency: int, backwards: bool = False, failpoint: str = ""
) -> ChildProcess:
    """A process over the questions 0 to `count`, which a failpoint may kill."""
    environment = {**os.environ, **settings_environment(settings)}
    environment["PYTHONPATH"] = str(Path(__file__).parents[1])
    environment["UPBEAT_FAILPOINT"] = failpoint
    if not failpoint:
        del environment["UPBEAT_FAILPOINT"]
    arguments = [str(count), str(concurrency), str(int(backwards))]
    return ChildProcess([sys.executable, "-m", "tests.enrichment_chaos", *arguments], environment)


async def work(count: int, concurrency: int, *, backwards: bool) -> None:
    """Answer all; questions that another process holds are looked at again until they are answered."""
    left = questions(range(count))
    if backwards:
        left.reverse()
    async with open_enricher(get_settings(), margin_seconds=MARGIN_SECONDS) as enricher:
        while left:
            await _pass_over(enricher, left, concurrency)
            answers = await enricher.ledger.answers(question.key for question in left)
            left = [question for question in left if question.key not in answers]


async def _pass_over(enricher: Enricher, left: list[Question], concurrency: int) -> None:
    answers = await enricher.ledger.answers(question.key for question in left)
    missing = iter([question for question in left if question.key not in answers])

    async def slot() -> None:
        for question in missing:
            try:
                await enricher.answer(question)
            except (ThrottledError, BackOffError, StoreUnavailableError):
                continue  # another process has it in hand, or died with it; or the machine was too slow for a time-out

    await asyncio.gather(*(slot() for _ in range(concurrency)))


def main() -> None:
    """The process."""
    count, concurrency, backwards = int(sys.argv[1]), int(sys.argv[2]), bool(int(sys.argv[3]))
    asyncio.run(work(count, concurrency, backwards=backwards))


if __name__ == "__main__":
    main()
