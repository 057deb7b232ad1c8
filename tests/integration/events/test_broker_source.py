"""The sink over RabbitMQ, on real engines: nothing is acknowledged before it is safe, and nothing is stored twice."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.events.broker_bench import PATIENCE, profile_event
from tests.waiting import wait_until

from upbeat.errors import StoreUnavailableError
from upbeat.events.batch import Batch, Rejected
from upbeat.events.broker_source import BrokerSource
from upbeat.events.error_queues import list_errors
from upbeat.events.wire import APP_ID, NDJSON, Message, to_messages
from upbeat.stores import postgres
from upbeat.stores.rabbitmq import administration

if TYPE_CHECKING:
    from tests.integration.events.broker_bench import BrokerBench

KIND = "profile_log"
CRASHES = [
    "sink_after_receive", "sink_after_membership", "sink_after_claim", "sink_after_insert", "sink_before_ack",
    "sink_after_ack",
]  # fmt: skip


def claim(source: BrokerSource, *, whole: bool = False) -> Batch:
    """The next batch; the broker may be away for a while."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            batch = source.claim([KIND], whole_batches_only=whole)
        except StoreUnavailableError:
            batch = None
        if batch is not None:
            return batch
        time.sleep(0.02)
    raise AssertionError("there was no batch")


def ids(batch: Batch) -> list[int]:
    return [event.id for event in batch.events]


def is_empty(source: BrokerSource) -> bool:
    try:
        return source.waiting([KIND]) == 0
    except StoreUnavailableError:
        return False


def test_plain_and_packed_events_are_stored_with_their_values_in_their_order(queues: BrokerBench) -> None:
    queues.declare(KIND, "post_log")
    queues.publish_events([profile_event(number) for number in range(1, 551)])
    queues.publish_events([profile_event(number) for number in range(1, 551)], "post_log")
    assert queues.depth("beat.post_log").ready == 6
    consumers = queues.consumers(KIND, "post_log")
    summary = queues.drain(consumers)
    assert (summary.events, summary.parked) == (1100, 0)
    assert queues.stored() == (550, 550, 550)
    assert queues.stored("post_log", "post_id") == (550, 550, 550)
    assert queues.depth().ready == queues.depth("beat.post_log").ready == 0


def test_batches_come_in_the_order_of_publishing(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 251)])
    source = queues.flushing_soon().source()
    seen: list[int] = []
    while len(seen) < 250:
        batch = claim(source, whole=True)
        assert len(batch.events) <= 100
        seen += ids(batch)
        assert source.settle(batch, ids(batch)) == len(batch.events)
    assert seen == list(range(1, 251))
    assert is_empty(source)
    source.close()


@pytest.mark.parametrize("failpoint", [f"{name}:2" for name in CRASHES])
def test_a_sink_killed_anywhere_stores_every_event_once_and_none_twice(
    queues: BrokerBench, failpoint: str
) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 351)])
    killed = queues.sink_process(failpoint=failpoint)
    _, errors = killed.communicate(timeout=PATIENCE)
    assert killed.returncode == -9, errors
    queues.drain()
    assert queues.stored() == (350, 350, 350)
    assert queues.depth().ready == 0


def test_packed_messages_survive_a_crash_after_the_insert_as_the_same_batch(queues: BrokerBench) -> None:
    queues.declare("post_log")
    queues.publish_events([profile_event(number) for number in range(1, 901)], "post_log")
    killed = queues.sink_process("post_log", failpoint="sink_after_insert:3")
    killed.communicate(timeout=PATIENCE)
    assert killed.returncode == -9
    queues.drain(queues.consumers("post_log"))
    assert queues.stored("post_log", "post_id") == (900, 900, 900)


def test_a_crash_after_parking_loses_nothing(queues: BrokerBench) -> None:
    queues.declare()
    events = [profile_event(number) for number in range(1, 50)]
    queues.publish_events([*events, profile_event(50, handle=7)])
    killed = queues.sink_process(failpoint="sink_after_park")
    killed.communicate(timeout=PATIENCE)
    assert killed.returncode == -9
    queues.drain()
    assert queues.stored() == (49, 49, 49)
    parked = list_errors(queues.dsn, queues.route())
    assert {one.id for one in parked} == {
        "50"
    }  # once or twice: the copy of before the crash may be there, too


def test_an_event_that_no_column_holds_is_parked_with_its_reason_and_the_others_go_on(
    queues: BrokerBench,
) -> None:
    queues.declare(KIND, "post_log")
    for kind in (KIND, "post_log"):
        queues.publish_events([profile_event(1), profile_event(2, source=5), profile_event(3)], kind)
    summary = queues.drain(queues.consumers(KIND, "post_log"))
    assert (summary.events, summary.parked) == (4, 2)
    for kind in (KIND, "post_log"):
        (parked,) = list_errors(queues.dsn, queues.route(kind))
        assert (parked.kind, parked.id, parked.key) == (kind, "2", "2")
        assert "source: 5 is no text" in parked.reason
        assert (parked.exchange, parked.routing_key) == ("beat.dx", f"{kind}_events")
        assert parked.body == profile_event(2, source=5).body


def test_a_bad_line_of_a_packed_message_costs_that_line(queues: BrokerBench) -> None:
    queues.declare("post_log")
    (message,) = to_messages("post_log", [profile_event(1), profile_event(2)], 100)
    broken = replace(message, body=message.body.replace(b"\n", b'\n{"id": "seven"}\n'))
    queues.publish([broken], "post_log")
    summary = queues.drain(queues.consumers("post_log"))
    assert summary.events == 2
    assert queues.stored("post_log", "post_id") == (2, 2, 2)
    (parked,) = list_errors(queues.dsn, queues.route("post_log"))
    assert parked.body == b'{"id": "seven"}'
    assert "is no event" in parked.reason


def test_a_batch_of_before_a_crash_has_its_bad_line_parked_and_is_acknowledged(queues: BrokerBench) -> None:
    queues.declare("post_log")
    (message,) = to_messages("post_log", [profile_event(1), profile_event(2)], 100)
    queues.publish([replace(message, body=message.body + b'\n{"id": "seven"}')], "post_log")
    killed = queues.sink_process("post_log", failpoint="sink_after_insert")
    killed.communicate(timeout=PATIENCE)
    assert killed.returncode == -9
    source = queues.source(queues.consumers("post_log"))
    queues.drain(queues.consumers("post_log"), source)
    assert queues.stored("post_log", "post_id") == (2, 2, 2)
    assert queues.depth("beat.post_log").ready == 0
    assert {one.body for one in list_errors(queues.dsn, queues.route("post_log"))} == {b'{"id": "seven"}'}


def test_what_is_no_json_is_parked_and_an_empty_packed_message_is_done(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish(
        [Message(b"\xff\x00", message_id="m"), Message(b"", NDJSON, app_id=APP_ID), Message(b"", NDJSON)]
    )
    queues.drain()
    assert queues.depth().ready == 0
    assert len(list_errors(queues.dsn, queues.route())) == 2


def test_a_message_that_was_published_twice_is_stored_once(queues: BrokerBench) -> None:
    queues.declare()
    event = profile_event(1)
    queues.publish_events([event, event, profile_event(2), event])
    summary = queues.drain()
    assert summary.events == 2
    assert queues.stored() == (2, 2, 2)
    assert queues.depth().ready == 0


def test_a_packed_message_that_came_twice_and_again_after_a_crash_is_stored_once(queues: BrokerBench) -> None:
    queues.declare("post_log")
    for numbers in (range(1, 21), range(1, 21), range(21, 31)):
        queues.publish_events([profile_event(number) for number in numbers], "post_log", pack=20)
    killed = queues.sink_process("post_log", failpoint="sink_after_insert")
    killed.communicate(timeout=PATIENCE)
    assert killed.returncode == -9
    queues.drain(queues.consumers("post_log"))
    assert queues.stored("post_log", "post_id") == (30, 30, 30)
    assert queues.depth("beat.post_log").ready == 0


def test_headers_that_pika_cannot_read_end_no_connection(queues: BrokerBench) -> None:
    """And the message can be parked with them."""
    queues.declare()
    headers = {"sent": Milliseconds(1970, 1, 1), "ratio": 1.5}
    queues.publish([Message(body, headers=headers) for body in (profile_event(1).body, b"no event")])
    summary = queues.drain()
    assert (summary.events, summary.parked) == (1, 1)
    assert queues.stored() == (1, 1, 1)
    with administration(queues.dsn) as broker:
        parked = broker.get("beat.profile_log.error")
    assert parked is not None
    assert parked.properties.headers is not None
    assert parked.properties.headers["ratio"] == 1.5
    assert parked.properties.headers["sent"] == MILLISECONDS


MILLISECONDS = 1_764_000_000_000


class Milliseconds(datetime):
    """Written as a time in milliseconds, as some clients do: a year that Python does not know when it is read."""

    def utctimetuple(self) -> Any:
        return (1970, 1, 1, 0, 0, MILLISECONDS)


def test_two_events_with_one_id_are_in_different_batches(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish_events([profile_event(1), profile_event(1, handle="another")])
    assert queues.drain().events == 2
    assert queues.depth().ready == 0


def test_a_lost_connection_brings_the_same_batch_again_and_its_old_tags_mean_nothing(
    queues: BrokerBench,
) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 251)])
    source = queues.source()
    first, second = claim(source, whole=True), claim(source, whole=True)
    queues.close_connections()
    wait_until(lambda: not _is_up(source), "noticed")
    wait_until(lambda: _is_up(source), "connected again")
    source.settle(first, ids(first))  # of a channel that is gone: nothing is acknowledged
    source.release(second, "ClickHouse was away")
    again = [claim(source, whole=True), claim(source, whole=True)]
    assert {one.id: ids(one) for one in again} == {one.id: ids(one) for one in (first, second)}
    for batch in again:
        source.settle(batch, ids(batch))
    assert settle_the_rest(source) == 50
    source.close()
    assert queues.depth().ready == 0


def settle_the_rest(source: BrokerSource) -> int:
    """Until nothing is left; how many events that were."""
    settled = 0
    while not is_empty(source):
        batch = source.claim([KIND], whole_batches_only=False)
        settled += 0 if batch is None else source.settle(batch, ids(batch))
    return settled


def _is_up(source: BrokerSource) -> bool:
    try:
        source.claim([], whole_batches_only=True)
    except StoreUnavailableError:
        return False
    return True


def test_a_batch_that_was_given_back_is_the_same_batch_with_what_is_left(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 101)])
    source = queues.source()
    batch = claim(source, whole=True)
    source.settle(batch, ids(batch)[10:20])
    given_back = time.monotonic()
    source.release(batch, "ClickHouse was away", delay_seconds=3.0)
    assert source.waiting([KIND]) == 90
    early = source.claim([KIND], whole_batches_only=False)
    assert early is None or time.monotonic() - given_back >= 3.0
    again = early or claim(source)
    assert again.id == batch.id
    assert ids(again) == ids(batch)[:10] + ids(batch)[20:]
    assert source.park(again, [Rejected(again.events[0], "for a test")]) == 1
    assert source.settle(again, ids(again)) == 89
    assert is_empty(source)
    source.close()
    assert queues.depth().ready == 0
    assert queues.depth("beat.profile_log.error").ready == 1


def test_two_sinks_share_a_queue_and_nothing_is_stored_twice(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 2001)])
    sinks = [threading.Thread(target=queues.drain, args=(queues.consumers(prefetch=150),)) for _ in range(2)]
    for sink in sinks:
        sink.start()
    for sink in sinks:
        sink.join(PATIENCE)
    assert queues.stored() == (2000, 2000, 2000)
    assert queues.depth().ready == 0


def test_threads_share_a_source_with_several_channels(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 1001)])
    consumers = queues.consumers(prefetch=100, consumers=3)
    source = queues.source(consumers)
    stored: list[int] = []

    def work() -> None:
        while not is_empty(source):
            batch = source.claim([KIND], whole_batches_only=False)
            if batch is not None:
                stored.extend(ids(batch))
                source.settle(batch, ids(batch))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    source.close()
    assert sorted(stored) == list(range(1, 1001))
    assert queues.depth().ready == 0


def test_while_clickhouse_is_away_no_more_than_the_prefetch_is_held(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 501)])
    source = queues.source(queues.consumers(prefetch=30, consumers=2))
    for _ in range(20):
        batch = claim(source)
        source.release(batch, "ClickHouse is away")
    wait_until(lambda: queues.depth().ready == 440, "two channels of 30 messages each")
    assert source.waiting([KIND]) == 500
    source.close()
    wait_until(lambda: queues.depth().ready == 500, "all given back")


def test_a_short_run_while_clickhouse_is_away_takes_nothing_from_the_queue(queues: BrokerBench) -> None:
    """What it took would come back as delivered before, and runs of every minute would reach the delivery limit."""
    queues.declare()
    queues.publish_events([profile_event(1)])
    away = replace(
        queues, settings=queues.settings.model_copy(update={"clickhouse_url": "http://127.0.0.1:1"})
    )
    with pytest.raises(StoreUnavailableError, match="ClickHouse does not answer"):
        away.drain(budget=5.0)
    with administration(queues.dsn) as broker:
        message = broker.get("beat.profile_log")
    assert message is not None
    assert not message.redelivered


def test_what_another_sink_holds_does_not_keep_a_sink_from_ending(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 11)])
    other = queues.source()
    held = claim(other)
    assert len(held.events) == 10
    assert queues.drain().events == 0
    other.close()
    assert queues.drain().events == 10


def test_a_killed_broker_loses_nothing_and_needs_no_one(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 251)])
    queues.broker.settle()
    source = queues.source()
    batch = claim(source, whole=True)
    queues.broker.kill()
    wait_until(lambda: not _is_up(source), "noticed")
    with pytest.raises(StoreUnavailableError, match=r"RabbitMQ does not answer at 127\.0\.0\.1"):
        source.waiting([KIND])
    queues.broker.start()
    source.settle(batch, ids(batch))
    again = claim(source, whole=True)
    assert (again.id, ids(again)) == (batch.id, ids(batch))
    source.release(again, "let the sink do it")
    queues.drain(source=source)
    assert queues.stored() == (250, 250, 250)


def test_a_message_that_kills_its_readers_ends_in_the_error_queue(queues: BrokerBench) -> None:
    queues.declare(delivery_limit=3)
    queues.publish_events([profile_event(1)])
    for _ in range(4):
        source = queues.source()
        assert ids(claim(source)) == [1]
        source.close()
    wait_until(lambda: queues.depth("beat.profile_log.error").ready == 1, "it is dead-lettered")
    (parked,) = list_errors(queues.dsn, queues.route())
    assert "too often" in parked.reason
    assert (parked.id, parked.exchange, parked.routing_key) == ("1", "beat.dx", "profile_log_events")


def test_without_postgres_events_are_stored_all_the_same(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 251)])
    assert queues.without_postgres().drain().events == 250
    assert queues.stored() == (250, 250, 250)


def test_the_membership_of_a_batch_goes_when_its_messages_are_acknowledged(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 251)])
    queues.drain()
    with postgres.transaction(queues.settings) as connection:
        rows = connection.execute("SELECT count(*) AS batches FROM beat.sink_batch").fetchone()
    assert rows == {"batches": 0}


def test_an_incomplete_batch_is_given_up_and_its_events_go_the_ordinary_way(queues: BrokerBench) -> None:
    queues.declare()
    queues.publish_events([profile_event(number) for number in range(1, 101)])
    first = queues.source()
    batch = claim(first, whole=True)
    assert first.settle(batch, ids(batch)[:40]) == 40  # acknowledged: these do not come again
    wait_until(lambda: first.waiting([KIND]) == 60, "acknowledged")
    first.close()
    source = queues.flushing_soon().source()
    rest = claim(source)
    assert rest.id != batch.id
    assert ids(rest)[0] == ids(batch)[40]
    assert source.settle(rest, ids(rest)) + settle_the_rest(source) == 60
    source.close()
    assert queues.depth().ready == 0


def test_a_deleted_queue_is_made_again(queues: BrokerBench) -> None:
    from upbeat.stores.rabbitmq import administration

    queues.declare()
    source = queues.source()
    wait_until(lambda: is_empty(source), "consuming")
    with administration(queues.dsn) as broker:
        broker.delete_queue("beat.profile_log")
    wait_until(lambda: not _is_up(source), "noticed")
    wait_until(lambda: _is_up(source), "consuming again")
    queues.publish_events([profile_event(1)])
    assert ids(claim(source)) == [1]
    source.close()
