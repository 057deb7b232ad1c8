"""The sandbox of the session's stack, whose language model begins anew in each test and whose batches end at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from upbeat.sandbox.control import SandboxControl
from upbeat.settings import Settings


@pytest.fixture
def model(settings: Settings) -> Iterator[SandboxControl]:
    """The stand-in of the language model, counted from 0."""
    with SandboxControl(f"http://127.0.0.1:{settings.sandbox_port}", timeout=240) as control:
        control.reset_llm()
        control.reset_completions()
        control.set_llm(batch_seconds=0)
        yield control
        control.reset_llm()
