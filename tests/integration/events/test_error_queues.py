"""Error queues are looked into without losing anything, and what is in them can be sent back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.integration.events.broker_bench import profile_event
from tests.waiting import wait_until

from upbeat.events.error_queues import error_count, list_errors, retry_errors
from upbeat.events.topology import declare, queue_arguments
from upbeat.stores.rabbitmq import administration

if TYPE_CHECKING:
    from tests.integration.events.broker_bench import BrokerBench

ERRORS = "beat.profile_log.error"


def park(queues: BrokerBench, count: int) -> None:
    """So many events whose handle is no text end in the error queue."""
    queues.declare()
    queues.publish_events([profile_event(number, handle=number) for number in range(1, count + 1)])
    assert queues.drain().parked == count


def test_the_first_and_the_newest_are_listed_and_all_stay(queues: BrokerBench) -> None:
    park(queues, 30)
    route = queues.route()
    for newest, expected in ((False, ["1", "2", "3"]), (True, ["30", "29", "28"]), (False, ["1", "2", "3"])):
        wait_until(lambda: error_count(queues.dsn, route) == 30, "given back, which nobody confirms")
        assert [one.id for one in list_errors(queues.dsn, route, limit=3, newest=newest)] == expected
    wait_until(lambda: error_count(queues.dsn, route) == 30, "given back")


def test_a_kind_without_an_error_queue_has_no_errors(queues: BrokerBench) -> None:
    assert error_count(queues.dsn, queues.route()) == 0
    assert list_errors(queues.dsn, queues.route()) == []
    assert retry_errors(queues.dsn, queues.route()).found == 0


def test_a_dry_run_moves_nothing(queues: BrokerBench) -> None:
    park(queues, 5)
    retried = retry_errors(queues.dsn, queues.route(), limit=3, dry_run=True)
    assert (retried.found, retried.moved) == (3, 0)
    assert queues.depth(ERRORS).ready == 5
    assert queues.depth().ready == 0


def test_what_is_sent_back_keeps_its_id_and_comes_again_if_it_is_still_wrong(queues: BrokerBench) -> None:
    park(queues, 5)
    retried = retry_errors(queues.dsn, queues.route(), limit=3)
    assert (retried.found, retried.moved, retried.refused) == (3, 3, ())
    assert (queues.depth(ERRORS).ready, queues.depth().ready) == (2, 3)
    assert queues.drain().parked == 3
    assert [one.id for one in list_errors(queues.dsn, queues.route())] == ["4", "5", "1", "2", "3"]


def test_a_part_of_a_packed_message_goes_back_as_the_event_that_it_is(queues: BrokerBench) -> None:
    queues.declare("post_log")
    queues.publish_events([profile_event(1), profile_event(2, metrics=None)], "post_log")
    assert queues.drain(queues.consumers("post_log")).parked == 1
    route = queues.route("post_log")
    assert retry_errors(queues.dsn, route).moved == 1
    assert queues.drain(queues.consumers("post_log")).parked == 1
    (parked,) = list_errors(queues.dsn, route)
    assert parked.id == "2"


def test_what_nobody_takes_stays_in_the_error_queue_with_the_reason(queues: BrokerBench) -> None:
    park(queues, 3)
    with administration(queues.dsn) as broker:
        broker.delete_queue("beat.profile_log")
    retried = retry_errors(queues.dsn, queues.route())
    assert (retried.found, retried.moved) == (3, 0)
    assert "no queue takes it" in retried.refused[0]
    assert error_count(queues.dsn, queues.route()) == 3


def test_topology_is_declared_again_and_again_and_a_queue_that_differs_is_named(queues: BrokerBench) -> None:
    route = queues.route()
    assert declare(queues.dsn, [route]) == []
    assert declare(queues.dsn, [route]) == []
    (line,) = declare(queues.dsn, [route], delivery_limit=7)
    assert line.startswith("queue beat.profile_log exists with other arguments and is used as it is")
    assert "rabbitmqctl delete_queue beat.profile_log" in line
    queues.publish_events([profile_event(1)])
    assert queues.drain().events == 1
    assert queue_arguments(route)["x-delivery-limit"] > 300  # restarts must not push good events out
