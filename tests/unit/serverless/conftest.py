"""The real rules and model, read once."""

from __future__ import annotations

import pytest

from upbeat.serverless.score_batch import BatchScorer
from upbeat.settings import Settings


@pytest.fixture(scope="session")
def batch_scorer() -> BatchScorer:
    """With all tables that ship."""
    return BatchScorer.load(Settings())
