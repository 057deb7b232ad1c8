"""Collection over the sandbox."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.collection_run import CollectionRun, collection_run

from upbeat.settings import Settings


@pytest.fixture
def run(settings: Settings) -> Iterator[CollectionRun]:
    """A run with credentials for every source."""
    with collection_run(settings) as run:
        run.add_credentials()
        yield run
