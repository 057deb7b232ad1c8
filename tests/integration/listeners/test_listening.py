"""Messages of every listener have their effect once, whatever is repeated, late, wrong or away."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tests.waiting import wait_until

from upbeat.errors import InputError, StoreUnavailableError
from upbeat.events.error_queues import list_errors, retry_errors
from upbeat.listeners.configuration import load_listeners
from upbeat.listeners.intake import route_of
from upbeat.listeners.run import run_listeners
from upbeat.stores.rabbitmq import administration

if TYPE_CHECKING:
    from tests.integration.listeners.conftest import ListenBench

    from upbeat.listeners.summary import ListenSummary
    from upbeat.settings import Settings


def request(handle: str, **fields: Any) -> dict[str, Any]:
    return {"version": 1, "flow": "instagram.profile_by_handle", "params": {"handle": handle}, **fields}


def tasks(bench: ListenBench) -> list[dict[str, Any]]:
    return bench.rows("SELECT * FROM beat.scrape_request_log ORDER BY id")


def test_the_example_of_every_listener_is_done_and_acknowledged(bench: ListenBench) -> None:
    for name in bench.listeners:
        bench.send(name, bench.example(name))
    seen: list[int] = []
    summary = bench.listen(on_progress=lambda so_far: seen.append(so_far.total("handled")))
    assert summary.total("handled") == len(bench.listeners) == seen[-1]
    assert summary.total("parked") == summary.total("repeated") == summary.total("outdated") == 0
    assert [bench.waiting(name) for name in bench.listeners] == [0, 0, 0, 0]
    assert [row["listener"] for row in bench.rows("SELECT listener FROM beat.inbox ORDER BY 1")] == sorted(
        bench.listeners
    )
    counts = bench.rows(
        """
        SELECT
            (SELECT count(*) FROM beat.scrape_request_log) AS tasks, (SELECT count(*) FROM beat.credential) AS credentials,
            (SELECT count(*) FROM coffee.campaign_profiles) AS profiles, (SELECT count(*) FROM coffee.campaign_cost) AS costs,
            (SELECT count(*) FROM coffee.collection_post) AS posts
        """
    )
    assert counts == [{"tasks": 1, "credentials": 1, "profiles": 2, "costs": 2, "posts": 2}]


def test_a_scrape_request_becomes_the_task_that_it_asks_for(bench: ListenBench) -> None:
    bench.send(
        "scrape_requests",
        request(
            "@NatGeo", priority=7, account_id="a", idempotency_key="k", expires_at="2199-01-01T00:00:00+05:30"
        ),
        request("nasa"),
        ids=["m1", "m2"],
    )
    assert bench.listen("scrape_requests").total("handled") == 2
    first, second = tasks(bench)
    assert (first["idempotency_key"], first["flow"], first["params"]) == (
        "k",
        "profile_by_handle",
        {"handle": "natgeo"},
    )
    assert (first["priority"], first["account_id"], first["status"]) == (7, "a", "PENDING")
    assert first["expires_at"].isoformat() == "2198-12-31T18:30:00+00:00"
    assert second["idempotency_key"] == "message:m2"
    assert bench.rows("SELECT count(*) AS n FROM beat.task_ready") == [{"n": 2}]


def test_a_message_that_is_sent_again_has_no_second_effect(bench: ListenBench) -> None:
    body = request("natgeo")
    bench.send("scrape_requests", body, body, request("nasa"), body, ids=["m1", "m1", "m2", "m1"])
    summary = bench.listen("scrape_requests")
    assert (summary.total("handled"), summary.total("repeated")) == (2, 2)
    bench.send("scrape_requests", body, ids=["m1"])
    assert bench.listen("scrape_requests").total("repeated") == 1
    assert len(tasks(bench)) == 2


def test_a_message_without_an_id_is_known_by_its_body(bench: ListenBench) -> None:
    bench.send(
        "scrape_requests", request("natgeo"), request("natgeo"), request("nasa"), ids=[None, None, None]
    )
    summary = bench.listen("scrape_requests")
    assert (summary.total("handled"), summary.total("repeated")) == (2, 1)
    assert len(tasks(bench)) == 2


def test_another_message_under_a_known_id_is_not_taken_for_a_repeat(bench: ListenBench) -> None:
    bench.send("scrape_requests", request("natgeo"), request("nasa"), ids=["m1", "m1"])
    bench.listen("scrape_requests")
    bench.send("scrape_requests", request("spacex"), ids=["m1"])
    summary = bench.listen("scrape_requests")
    assert summary.total("parked") == 1
    assert len(tasks(bench)) == 1
    reasons = bench.reasons("scrape_requests")
    assert len(reasons) == 2
    assert all("another message was sent under it before" in reason for reason in reasons)


def test_a_bad_message_goes_to_the_error_queue_with_its_reason_and_the_others_are_done(
    bench: ListenBench,
) -> None:
    bench.send(
        "scrape_requests",
        request("natgeo"),
        b"{not json",
        {**request("nasa"), "version": 2},
        request("nasa", colour="red"),
        {**request("nasa"), "flow": "instagram.profile_by_handel"},
        request("not a handle"),
        request("spacex"),
        headers={"trace": "t-1", "x-death": "old"},
    )
    summary = bench.listen("scrape_requests")
    assert (summary.total("handled"), summary.total("parked")) == (2, 5)
    assert {task["params"]["handle"] for task in tasks(bench)} == {"natgeo", "spacex"}
    messages = bench.parked("scrape_requests")
    reasons = [message.properties.headers["x-upbeat-reason"] for message in messages]  # type: ignore[index]
    for reason, part in zip(
        reasons,
        (
            "is no JSON",
            "version: is missing or unknown",
            "colour",
            "did you mean instagram.profile_by_handle",
            "handle='not a handle'",
        ),
        strict=True,
    ):
        assert part in reason
    headers = dict(messages[0].properties.headers or {})
    listener = bench.listeners["scrape_requests"]
    assert messages[0].body == b"{not json"
    assert headers["x-upbeat-exchange"] == listener.exchange
    assert headers["x-upbeat-routing-key"] == listener.routing_key
    assert headers["x-upbeat-listener"] == "scrape_requests"
    assert headers["x-upbeat-failed-at"].startswith("20")
    assert headers["trace"] == "t-1"
    assert "x-death" not in headers


def test_what_only_postgres_refuses_costs_the_message_at_fault_alone(bench: ListenBench) -> None:
    bench.execute("ALTER TABLE coffee.campaign ADD CONSTRAINT no_tea CHECK (name <> 'Tea') NOT VALID")
    bodies = [
        bench.example("campaign_changes", campaign_id=f"c{number}", name="Tea" if number == 2 else "Coffee")
        for number in range(5)
    ]
    bench.send("campaign_changes", *bodies, ids=[f"m{number}" for number in range(5)])
    summary = bench.listen("campaign_changes")
    assert (summary.total("handled"), summary.total("parked")) == (4, 1)
    assert [row["campaign_id"] for row in bench.rows("SELECT campaign_id FROM coffee.campaign ORDER BY 1")] == [
        "c0", "c1", "c3", "c4",
    ]  # fmt: skip
    assert "no_tea" in bench.reasons("campaign_changes")[0]

    bench.execute("ALTER TABLE coffee.campaign DROP CONSTRAINT no_tea")
    bench.send("campaign_changes", bodies[2], ids=["m2"])
    assert bench.listen("campaign_changes").total("handled") == 1, (
        "once mended, it can be sent again under its id"
    )


def test_an_error_queue_that_is_missing_is_made_and_nothing_is_lost(bench: ListenBench) -> None:
    listener = bench.listeners["scrape_requests"]
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(bench.listen, "scrape_requests", until_empty=False, budget=90, stop=stop)
        bench.send("scrape_requests", request("nasa"))
        wait_until(lambda: len(tasks(bench)) == 1)
        with administration(bench.dsn) as broker:
            broker.delete_queue(listener.error_queue)
            broker.delete_exchange(listener.error_exchange)
        bench.send("scrape_requests", request("natgeo"), b"?", request("spacex"))
        wait_until(lambda: len(tasks(bench)) == 3 and bench.waiting("scrape_requests") == 0)
        stop.set()
        service.result(timeout=240)
    summary = bench.listen("scrape_requests")
    assert summary.total("handled") == 0
    assert len(bench.reasons("scrape_requests")) == 1


def test_error_queues_are_sent_back_as_those_of_events_are(bench: ListenBench) -> None:
    route = route_of(bench.listeners["credential_updates"])
    body = bench.example("credential_updates")
    state = {**body, "credentials": {"user_id": body["credentials"]["user_id"]}, "enabled": False}
    bench.send("credential_updates", state, ids=["m1"])
    assert bench.listen("credential_updates").total("parked") == 1
    (error,) = list_errors(bench.dsn, route)
    assert (error.kind, error.id, error.exchange) == ("credential_updates", "m1", "identity.dx")
    bench.send("credential_updates", body | {"updated_at": "2026-11-19T00:00:00Z"})
    assert bench.listen("credential_updates").total("handled") == 1
    assert retry_errors(bench.dsn, route).moved == 1
    assert bench.listen("credential_updates").total("handled") == 1
    assert bench.rows("SELECT enabled FROM beat.credential") == [{"enabled": False}]


@pytest.mark.parametrize(
    ("point", "name"),
    [
        ("listen_after_receive", "campaign_changes"),
        ("listen_before_commit", "campaign_changes"),
        ("listen_after_commit", "campaign_changes"),
        ("listen_after_park", "campaign_changes"),
        ("listen_before_commit", "scrape_requests"),
        ("listen_after_commit", "scrape_requests"),
        ("listen_before_commit", "credential_updates"),
        ("listen_after_commit", "credential_updates"),
    ],
)
def test_killed_at_any_step_nothing_is_lost_and_nothing_is_done_twice(
    bench: ListenBench, point: str, name: str
) -> None:
    total = 450
    bodies: list[Any] = [message_number(bench, name, number) for number in range(total)]
    bad = [] if point != "listen_after_park" else [b"?"]
    bench.send(name, *bodies[:50], *bad, *bodies[50:])
    counted = count_writes(bench)
    process = bench.process(name, failpoint=f"{point}:{2 if not bad else 1}")
    assert process.wait(timeout=240) == -9
    summary = bench.listen(name)
    table = {"campaign_changes": "coffee.campaign", "scrape_requests": "beat.scrape_request_log"}.get(
        name, "beat.credential"
    )
    assert bench.rows(f"SELECT count(*) AS n FROM {table}") == [{"n": total}]
    assert bench.rows(f"SELECT n FROM {counted} WHERE name = %(name)s", name=table.partition(".")[2]) == [
        {"n": total}
    ]
    assert bench.rows("SELECT count(*) AS n FROM beat.inbox") == [{"n": total}]
    assert bench.waiting(name) == 0
    assert len(bench.parked(name)) in ((0,) if not bad else (1, 2)), (
        "an error queue may hold a message twice, never not at all"
    )
    if point in ("listen_after_commit", "listen_after_park"):
        assert summary.total("repeated") > 0, "what was committed came again"


def message_number(bench: ListenBench, name: str, number: int) -> dict[str, Any]:
    if name == "campaign_changes":
        return bench.example(name, campaign_id=f"c{number}")
    if name == "scrape_requests":
        return request(f"handle{number}")
    secrets = {"token": f"token-number-{number}", "user_id": str(17841400000000000 + number)}
    return bench.example(name, credentials=secrets)


def count_writes(bench: ListenBench) -> str:
    """A table that counts every committed insert and update of the tables that messages write."""
    bench.execute(
        """
        CREATE TABLE public.writes (name text PRIMARY KEY, n int NOT NULL);
        CREATE FUNCTION public.count_write() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO public.writes AS known VALUES (tg_table_name, 1)
            ON CONFLICT (name) DO UPDATE SET n = known.n + 1;
            RETURN NULL;
        END $$;
        GRANT SELECT, INSERT, UPDATE ON public.writes TO upbeat_listener;
        CREATE TRIGGER counted AFTER INSERT OR UPDATE ON coffee.campaign FOR EACH ROW EXECUTE FUNCTION public.count_write();
        CREATE TRIGGER counted AFTER INSERT OR UPDATE ON beat.scrape_request_log FOR EACH ROW EXECUTE FUNCTION public.count_write();
        CREATE TRIGGER counted AFTER INSERT OR UPDATE ON beat.credential FOR EACH ROW EXECUTE FUNCTION public.count_write();
        """
    )
    return "public.writes"


def test_postgres_away_is_waited_for_and_named_once(
    bench: ListenBench, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.execute("ALTER TABLE beat.inbox RENAME TO away")
    bench.send("scrape_requests", *[request(f"handle{number}") for number in range(30)])
    with pytest.raises(StoreUnavailableError, match="run `upbeat migrate`"):
        bench.listen("scrape_requests", budget=3)
    assert "".join(capsys.readouterr()).count("the listeners wait") == 1
    assert tasks(bench) == []

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(bench.listen, "scrape_requests", budget=90)
        bench.execute("ALTER TABLE beat.away RENAME TO inbox")
        assert waiting.result(timeout=240).total("handled") == 30
    assert len(tasks(bench)) == 30
    assert bench.reasons("scrape_requests") == []


def test_a_listener_whose_tables_are_missing_holds_up_no_other_one(bench: ListenBench) -> None:
    bench.execute("ALTER TABLE coffee.campaign RENAME TO away")
    bench.send("campaign_changes", bench.example("campaign_changes"))
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(bench.listen, until_empty=False, budget=90, stop=stop)
        for number in range(3):
            bench.send("scrape_requests", request(f"handle{number}"))
            wait_until(lambda number=number: len(tasks(bench)) == number + 1)
        bench.execute("ALTER TABLE coffee.away RENAME TO campaign")
        wait_until(lambda: bench.rows("SELECT count(*) AS n FROM coffee.campaign") == [{"n": 1}])
        stop.set()
        assert service.result(timeout=240).total("parked") == 0


def test_connections_that_postgres_ends_are_opened_again(bench: ListenBench) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(bench.listen, until_empty=False, budget=90, stop=stop)
        for number in range(5):
            bench.send("scrape_requests", *[request(f"handle{number}_{each}") for each in range(20)])
            bench.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name = 'upbeat listen'"
            )
        wait_until(lambda: len(tasks(bench)) == 100)
        stop.set()
        assert service.result(timeout=240).total("handled") <= 100
    assert bench.listen("scrape_requests").total("handled") == 0


def test_a_queue_that_is_deleted_is_declared_again(bench: ListenBench) -> None:
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        service = pool.submit(bench.listen, "scrape_requests", until_empty=False, budget=90, stop=stop)
        bench.send("scrape_requests", request("natgeo"))
        wait_until(lambda: len(tasks(bench)) == 1)
        with administration(bench.dsn) as broker:
            broker.delete_queue(bench.listeners["scrape_requests"].queue)
        wait_until(
            lambda: consumers(bench, "scrape_requests") == 1
        )  # the queue is bound before it is consumed
        bench.send("scrape_requests", request("nasa"))
        wait_until(lambda: len(tasks(bench)) == 2)
        stop.set()
        service.result(timeout=240)


def consumers(bench: ListenBench, name: str) -> int:
    with administration(bench.dsn) as broker:
        depth = broker.depth(bench.listeners[name].queue)
    return 0 if depth is None else depth.consumers


def test_two_processes_share_the_queues_and_do_everything_once(bench: ListenBench) -> None:
    bodies = [
        bench.example("campaign_changes", campaign_id=f"c{number % 40}", name=f"n{number}")
        for number in range(400)
    ]
    counted = count_writes(bench)
    bench.send("scrape_requests", *[request(f"handle{number}") for number in range(400)])
    bench.send("campaign_changes", *bodies)
    processes = [bench.process("scrape_requests", "campaign_changes") for _ in range(2)]
    assert [process.wait(timeout=240) for process in processes] == [0, 0]
    assert len(tasks(bench)) == 400
    assert bench.rows("SELECT count(*) AS n FROM coffee.campaign") == [{"n": 40}]
    assert bench.rows(f"SELECT n FROM {counted} WHERE name = 'campaign'") == [{"n": 400}]
    assert bench.rows("SELECT count(*) AS n FROM beat.inbox") == [{"n": 800}]


def test_old_entries_of_the_inbox_are_forgotten(bench: ListenBench) -> None:
    bench.send("scrape_requests", request("natgeo"), request("nasa"), ids=["old", "new"])
    bench.listen("scrape_requests")
    bench.rows(
        "UPDATE beat.inbox SET handled_at = now() - interval '31 days' WHERE message_id = 'old' RETURNING 1"
    )
    bench.listen("scrape_requests")
    assert bench.rows("SELECT message_id FROM beat.inbox") == [{"message_id": "new"}]


def test_a_listener_that_is_never_idle_forgets_too(bench: ListenBench) -> None:
    bench.rows(
        "INSERT INTO beat.inbox (listener, message_id, body_hash, received_at, handled_at)"
        " VALUES ('scrape_requests', 'old', 1, now(), now() - interval '31 days') RETURNING 1"
    )
    known: list[list[str]] = []

    def at_the_first_group(_: ListenSummary) -> None:
        known.append([row["message_id"] for row in bench.rows("SELECT message_id FROM beat.inbox")])

    bench.send("scrape_requests", request("natgeo"), ids=["new"])
    bench.listen("scrape_requests", on_progress=at_the_first_group)
    assert known == [["new"]]


def test_without_a_broker_one_line_says_how_to_set_one(settings: Settings) -> None:
    with pytest.raises(InputError, match="UPBEAT_RABBITMQ_URL"):
        run_listeners(settings, time_budget=1)


def test_a_queue_with_other_arguments_is_used_as_it_is_and_named_once(
    bench: ListenBench, capsys: pytest.CaptureFixture[str]
) -> None:
    own = bench.listeners["scrape_requests"]
    with administration(bench.dsn) as broker:
        broker.delete_queue(own.queue)
        broker.declare_queue(own.queue, {"x-queue-type": "classic"})
        broker.bind(own.queue, own.exchange, own.routing_key)
    bench.send("scrape_requests", request("natgeo"))
    assert bench.listen("scrape_requests").total("handled") == 1
    told = "".join(capsys.readouterr())
    assert told.count("exists with other arguments") == 1
    assert "include/events/listeners.yaml" in told


def test_the_listeners_of_the_file_have_queues_of_their_own(bench: ListenBench) -> None:
    assert {listener.queue for listener in load_listeners().values()} == {
        "beat.credential_updates", "beat.scrape_requests", "beat.campaign_changes", "beat.collection_changes",
    }  # fmt: skip
