"""Scores one message: what `upbeat score` does with rows of a file, done with the accounts of a batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upbeat.serverless.batch import Batch
from upbeat.serverless.results import Versions, encode_results

if TYPE_CHECKING:
    from upbeat.authenticity.model.predict import FollowerModel
    from upbeat.authenticity.score import Scorer
    from upbeat.settings import Settings


class BatchScorer:
    """Rules and model with their tables. Holds nothing of what was scored."""

    def __init__(self, scorer: Scorer, model: FollowerModel) -> None:
        self._scorer = scorer
        self._model = model
        self._versions = Versions(scorer.version, scorer.names_version, model.version)

    @classmethod
    def load(cls, settings: Settings) -> BatchScorer:
        """Read what ships.

        Raises:
            InputError: a file of `include/authenticity` is missing or damaged.
        """
        from upbeat.authenticity.model.predict import FollowerModel
        from upbeat.authenticity.score import Scorer

        return cls(Scorer.load(settings), FollowerModel.load())

    def score(self, batch: Batch) -> list[bytes]:
        """The records that tell of a message: its scores, and what of it could not be scored."""
        followers = [account.follower for account in batch.accounts]
        rules = self._scorer.rules(followers)
        return list(encode_results(batch, rules, self._model.score(followers, rules), self._versions))
