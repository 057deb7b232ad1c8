"""Operators on a test's own database."""

from __future__ import annotations

import pytest

from upbeat.embedded.environment import process_environment
from upbeat.settings import Settings


@pytest.fixture
def connections(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Airflow connections of this test's database, as a task of Airflow finds them."""
    for name, value in process_environment(settings).items():
        if name.startswith("AIRFLOW_CONN_"):
            monkeypatch.setenv(name, value)
