"""RabbitMQ and Postgres are killed under the listeners: every message has its effect once all the same."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from tests.integration.listeners.conftest import ListenBench, bench  # noqa: F401
from tests.integration.listeners.test_listening import request, tasks
from tests.system.test_sink_faults import kill_part
from tests.waiting import wait_until

from upbeat.embedded import stack as embedded_stack
from upbeat.listeners.run import run_listeners

if TYPE_CHECKING:
    from tests.rabbitmq_broker import Broker

    from upbeat.listeners.summary import ListenSummary
    from upbeat.settings import Settings

pytestmark = pytest.mark.timeout(1_200)
MESSAGES = 600


@pytest.mark.parametrize("part", ["rabbitmq", "postgres"])
def test_a_part_that_is_killed_between_two_groups_is_waited_for(
    bench: ListenBench,  # noqa: F811
    rabbitmq_broker: Broker,
    stack: Settings,
    part: str,
) -> None:
    rabbitmq_broker.settle()
    bench.send("scrape_requests", *[request(f"handle{number}") for number in range(MESSAGES)])
    first, killed, stop = threading.Event(), threading.Event(), threading.Event()

    def pause_after_first(_: ListenSummary) -> None:
        if not first.is_set():
            first.set()
            killed.wait(240)

    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(
            run_listeners, bench.settings, time_budget=600, stop=stop, on_progress=pause_after_first
        )
        try:
            assert first.wait(240)
            if part == "rabbitmq":
                rabbitmq_broker.kill()
            else:
                kill_part(stack, part)
            killed.set()
            if part == "rabbitmq":
                rabbitmq_broker.start()
            else:
                embedded_stack.start(stack, [part])
            wait_until(lambda: service.done() or len(tasks(bench)) == MESSAGES)
            bench.send("scrape_requests", request("the_last"))
            wait_until(lambda: service.done() or len(tasks(bench)) == MESSAGES + 1)
        finally:
            killed.set()
            stop.set()
        summary = service.result(timeout=240)
    assert summary.total("handled") == MESSAGES + 1
    assert bench.rows("SELECT count(*) AS n FROM beat.inbox") == [{"n": MESSAGES + 1}]
    assert bench.listen("scrape_requests").total("handled") == 0
    assert bench.parked("scrape_requests") == []
