"""From a file over SQS, the function and Kinesis into Postgres, the outbox and ClickHouse; each step may happen twice."""

from __future__ import annotations

import csv
import json
import os
import signal
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
import structlog
from tests.child_process import ChildProcess
from tests.unit.serverless.test_batch import AUDIENCE, body_of

from upbeat.cli import app
from upbeat.embedded.settings_environment import settings_environment
from upbeat.events.drain import drain
from upbeat.serverless import handler as function
from upbeat.serverless.collect import Collected, Collector
from upbeat.serverless.creator_audience import accounts_of_creator
from upbeat.serverless.handler import Handler
from upbeat.serverless.poll import event_of, poll
from upbeat.serverless.score_batch import BatchScorer
from upbeat.serverless.store import ScoreStore
from upbeat.settings import Settings
from upbeat.stores import clickhouse, postgres
from upbeat.stores.kinesis import Entry, KinesisStream
from upbeat.stores.sqs import MessageQueue

AT = "2025-11-26T08:00:00+00:00"


def handle(settings: Settings, scorer: BatchScorer, event: dict[str, Any]) -> dict[str, Any]:
    """The function with the test's stream."""
    return Handler(scorer, KinesisStream(settings, settings.score_stream)).handle(event, lambda: 60.0)


def send(settings: Settings, *bodies: str) -> None:
    assert MessageQueue(settings, settings.score_queue).send(list(bodies)) == []


def score(settings: Settings, scorer: BatchScorer, times: int = 1) -> None:
    """Everything on the queue, each delivery so many times."""
    queue = MessageQueue(settings, settings.score_queue)

    def often(event: dict[str, Any], context: Any) -> dict[str, Any]:
        for _ in range(times - 1):
            handle(settings, scorer, event)
        return handle(settings, scorer, event)

    poll(queue, often, until_idle=True, wait_seconds=0)


def collect(settings: Settings) -> Collected:
    stream = KinesisStream(settings, settings.score_stream)
    store = ScoreStore(settings, stream.identity())
    try:
        return Collector(stream, store, sleep=lambda seconds: None).run(until_idle=True)
    finally:
        store.close()


def rows(settings: Settings, statement: str) -> list[dict[str, Any]]:
    with postgres.transaction(settings) as connection:
        return connection.execute(statement.encode()).fetchall()


def keys(settings: Settings) -> list[str]:
    """Of the events in the outbox."""
    return [row["key"] for row in rows(settings, "SELECT key FROM beat.outbox ORDER BY key")]


def account(number: int, **fields: Any) -> dict[str, Any]:
    return {"account_id": str(number), "handle": f"handle{number}", "full_name": "Asha Rao", **fields}


def key(number: int, profile: int = 17) -> str:
    return f"INSTAGRAM:{profile}:follower:{number}"


def test_scores_reach_the_warehouse_with_all_that_was_told(aws: Settings, batch_scorer: BatchScorer) -> None:
    send(
        aws,
        body_of(
            account(1, handle="asharao", followers=10, following=900, posts=1),
            account(2, handle="u12345"),
            sample_id="s1",
        ),
    )
    score(aws, batch_scorer)
    collected = collect(aws)
    assert (collected.scores, collected.changed, collected.set_aside) == (2, 2, 0)
    assert keys(aws) == [key(1), key(2)]
    drain(aws, time_budget=60, until_empty=True)
    client = clickhouse.client(aws, database=aws.clickhouse_raw_database)
    try:
        told = client.query("SELECT * FROM follower_score FINAL ORDER BY account_id").named_results()
        stored = list(told)
    finally:
        client.close()
    assert [(one["account_id"], one["score"], one["decided_by"]) for one in stored] == [
        ("1", 0.0, "none"), ("2", 1.0, "digits"),
    ]  # fmt: skip
    first = stored[0]
    assert (first["profile_id"], first["relation"], first["sample_id"]) == ("17", "follower", "s1")
    assert (first["latin_name"], first["source"]) == ("asha rao", "lambda")
    assert 0 < first["model_probability"] < 1
    assert json.loads(first["model_reasons"])[-1][0] == "base_rate"
    assert first["observed_at"].isoformat().startswith("2025-11-26T08:00:00")


def test_a_message_that_is_delivered_twice_tells_once(aws: Settings, batch_scorer: BatchScorer) -> None:
    send(aws, body_of(account(1), account(2), {"handle": "no id"}))
    score(aws, batch_scorer, times=2)
    collected = collect(aws)
    assert (collected.records, collected.scores, collected.changed) == (2, 4, 2)
    assert keys(aws) == [key(1), key(2)]
    assert len(rows(aws, "SELECT * FROM beat.outbox_error")) == 1


def test_what_was_sent_twice_tells_once_even_after_the_sink_took_the_first(
    aws: Settings, batch_scorer: BatchScorer
) -> None:
    for changed in (2, 0):
        send(aws, body_of(account(1), account(2)))
        score(aws, batch_scorer)
        assert collect(aws).changed == changed
        drain(aws, time_budget=60, until_empty=True)


def test_an_older_run_that_comes_late_changes_nothing_and_a_newer_one_does(
    aws: Settings, batch_scorer: BatchScorer
) -> None:
    runs = [("2025-11-26T08:00:00Z", 1), ("2025-11-25T08:00:00Z", 0), ("2025-11-27T08:00:00Z", 1)]
    for at, changed in runs:
        send(aws, body_of(account(1), at=at))
        score(aws, batch_scorer)
        assert collect(aws).changed == changed, at


def test_poison_ends_in_the_dead_letter_queue_and_costs_the_others_nothing(
    aws: Settings, batch_scorer: BatchScorer
) -> None:
    send(aws, "poison", body_of(account(1)), body_of(account(2), relation="fan"))
    score(aws, batch_scorer)
    assert MessageQueue(aws, aws.score_queue).counts() == (0, 0, 2)
    collect(aws)
    assert keys(aws) == [key(1)]


def test_bad_accounts_are_set_aside_with_their_reason(aws: Settings, batch_scorer: BatchScorer) -> None:
    send(aws, body_of(account(1), account(2, followers=-1), account(3)))
    score(aws, batch_scorer)
    assert (collect(aws).set_aside, collect(aws).set_aside) == (1, 0)
    assert keys(aws) == [key(1), key(3)]
    (parked,) = rows(aws, "SELECT kind, key, payload, reason FROM beat.outbox_error")
    assert (parked["kind"], parked["key"], parked["payload"]["account_id"]) == ("follower_score", "b:1", "2")
    assert parked["reason"] == "could not be scored: followers: is no number of accounts or posts"


def test_a_collector_that_was_killed_loses_nothing_and_repeats_nothing(
    aws: Settings, batch_scorer: BatchScorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for profile in range(6):
        send(aws, body_of(account(1), profile_id=str(profile)))
    score(aws, batch_scorer)
    monkeypatch.setattr("upbeat.serverless.collect.RECORDS_OF_A_PAGE", 1)
    pages = 0
    real = ScoreStore._park

    def die(self: ScoreStore, set_aside: Any) -> None:
        nonlocal pages
        pages += 1
        if pages == 3:
            raise KeyboardInterrupt
        real(self, set_aside)

    with monkeypatch.context() as patched:
        patched.setattr(ScoreStore, "_park", die)
        with pytest.raises(KeyboardInterrupt):
            collect(aws)
    assert len(keys(aws)) == 2, "the page in hand was rolled back"
    assert collect(aws).records == 4
    assert keys(aws) == [key(1, profile) for profile in range(6)]


def test_a_score_that_postgres_refuses_costs_itself_alone(aws: Settings, batch_scorer: BatchScorer) -> None:
    import gzip

    from upbeat.serverless.batch import decode_batch

    (data,) = batch_scorer.score(decode_batch(body_of(*(account(number) for number in range(5)))))
    record = json.loads(gzip.decompress(data))
    record["scores"][3]["similarity"] = 1_000
    record["scores"][1]["lang_flag"] = "perhaps"
    entry = Entry("17", gzip.compress(json.dumps(record).encode()))
    KinesisStream(aws, aws.score_stream).put([entry, Entry("17", b"strange")])
    collected = collect(aws)
    assert (collected.records, collected.changed) == (2, 3)
    assert keys(aws) == [key(0), key(2), key(4)]
    parked = {row["key"]: row["reason"] for row in rows(aws, "SELECT key, reason FROM beat.outbox_error")}
    assert {name for name in parked if name.startswith("INSTAGRAM")} == {key(1), key(3)}
    assert all(
        parked[name].startswith("the database refused it") for name in parked if name.startswith("INSTA")
    )
    assert [reason for reason in parked.values() if reason == "record is no gzipped JSON object"]


def test_a_split_of_a_shard_loses_nothing(aws: Settings, batch_scorer: BatchScorer) -> None:
    for profile in range(4):
        send(aws, body_of(account(1), profile_id=str(profile)))
    score(aws, batch_scorer)
    stream = KinesisStream(aws, aws.score_stream)
    for name, half in (("0", 2**126), ("1", 2**127 + 2**126)):
        stream._client.split_shard(
            StreamName=stream.name, ShardToSplit=f"shardId-{name:0>12}", NewStartingHashKey=str(half)
        )
    for profile in range(4, 8):
        send(aws, body_of(account(1), profile_id=str(profile)))
    score(aws, batch_scorer)
    collect(aws)
    assert keys(aws) == [key(1, profile) for profile in range(8)]


def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    from typer.testing import CliRunner

    monkeypatch.setattr("upbeat.settings.get_settings", lambda: settings)
    monkeypatch.setattr(function, "get_settings", lambda: settings)
    function._warm_handler.cache_clear()
    result = CliRunner().invoke(app, ["score-queue", *arguments])
    function._warm_handler.cache_clear()
    structlog.reset_defaults()  # the command logged to the runner's stderr, which is closed now
    return result


def test_the_commands_bring_a_file_to_the_outbox(
    aws: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, rejects = tmp_path / "followers.csv", tmp_path / "broken.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("id", "username", "full_name", "followers"))
        writer.writerows((number, f"user{number}", "Asha Rao", number) for number in range(1, 1_001))
        writer.writerow((1_001, "bad", "Row", "many"))
    arguments = ["send", str(path), "--profile-id", "17", "--at", AT, "--batch", "300", "--json"]
    dry = run(aws, monkeypatch, *arguments, "--dry-run")
    assert MessageQueue(aws, aws.score_queue).counts()[0] == 0
    sent = run(aws, monkeypatch, *arguments, "--rejects", str(rejects))
    told = json.loads(sent.stdout)
    assert (sent.exit_code, told["accounts"], told["messages"], told["rejected"]) == (2, 1_000, 4, 1)
    assert {**json.loads(dry.stdout), "dry_run": False} == told
    assert "followers: is no count" in rejects.read_text()
    assert json.loads(run(aws, monkeypatch, "status", "--json").stdout)["waiting"] == 4
    worked = run(aws, monkeypatch, "work", "--until-idle", "--json")
    assert json.loads(worked.stdout) == {"done": 4, "failed": 0}
    collected = run(aws, monkeypatch, "collect", "--until-idle", "--json")
    assert json.loads(collected.stdout)["changed"] == 1_000
    assert sorted(keys(aws)) == sorted(key(number) for number in range(1, 1_001))


def test_the_collected_followers_of_a_creator_are_sent_with_what_is_known_of_them(
    aws: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with postgres.transaction(aws) as connection:
        connection.execute(
            """
            INSERT INTO beat.instagram_account (platform, profile_id, handle, followers_count, source, observed_at)
            VALUES ('INSTAGRAM', '17', 'natgeo', 1000, 'test', now()), ('INSTAGRAM', '1', 'anna', 42, 'test', now())
            """
        )
        connection.execute(
            """
            INSERT INTO beat.follower (platform, profile_id, account_id, handle, full_name, source, observed_at)
            VALUES ('INSTAGRAM', '17', '1', 'anna', 'Anna', 'test', now()), ('INSTAGRAM', '17', '2', 'bert', NULL, 'test', now())
            """
        )
    sent = run(aws, monkeypatch, "send", "--creator", "natgeo", "--at", AT)
    assert (sent.exit_code, sent.stdout.partition(" of ")[0]) == (0, "2 accounts sent in 1 message")
    (message,) = MessageQueue(aws, aws.score_queue).receive()
    told = json.loads(message.body)
    assert (told["profile_id"], told["at"]) == ("17", AT)
    assert sorted(told["followers"], key=lambda one: one["account_id"]) == [
        {"account_id": "1", "handle": "anna", "full_name": "Anna", "followers": 42},
        {"account_id": "2", "handle": "bert"},
    ]
    nobody = run(aws, monkeypatch, "send", "--creator", "anna")
    assert "no followers were collected" in str(nobody.exception)


def test_a_large_audience_is_read_piece_by_piece(aws: Settings) -> None:
    with postgres.transaction(aws) as connection:
        connection.execute(
            """
            INSERT INTO beat.instagram_account (platform, profile_id, handle, source, observed_at)
            VALUES ('INSTAGRAM', '17', 'natgeo', 'test', now())
            """
        )
        connection.execute(
            """
            INSERT INTO beat.follower (platform, profile_id, account_id, handle, full_name, source, observed_at)
            SELECT 'INSTAGRAM', '17', number::text, 'handle' || number, 'Asha Rao', 'test', now()
            FROM generate_series(1, 20000) AS number
            """
        )
    accounts = accounts_of_creator(aws, "natgeo", AUDIENCE)
    first = next(accounts)
    tracemalloc.start()
    try:
        count = 1 + sum(1 for _ in accounts)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (first[0].profile_id, count) == ("17", 20_000)
    assert peak < 6 * 2**20, "all of them together are more than 20 MiB"


def killed(settings: Settings, failpoint: str, *arguments: str) -> int:
    """The exit code of a command that dies at this point, as by kill -9."""
    environment = {**os.environ, **settings_environment(settings), "UPBEAT_FAILPOINT": failpoint}
    command = [sys.executable, "-c", "from upbeat.cli import main; main()", "score-queue", *arguments]
    process = ChildProcess(command, environment)
    process.communicate(timeout=240)
    return process.returncode


def test_commands_that_were_killed_lose_nothing_and_tell_nothing_twice(
    aws: Settings, batch_scorer: BatchScorer
) -> None:
    for profile in range(1, 7):  # of which the last is alone in its shard
        send(aws, body_of(account(1), account(2), profile_id=str(profile), sample_id="s1"))
    assert killed(aws, "work_before_delete", "work", "--until-idle") == -signal.SIGKILL
    score(aws, batch_scorer)
    assert killed(aws, "collect_before_checkpoint:2", "collect", "--until-idle") == -signal.SIGKILL
    committed = len(keys(aws))
    collected = collect(aws)
    assert 0 < committed < 12, "one shard was written, the other one was in hand"
    assert collected.changed == 12 - committed
    assert collected.scores > collected.changed, "the messages that were scored twice"
    drain(aws, time_budget=60, until_empty=True)
    client = clickhouse.client(aws, database=aws.clickhouse_raw_database)
    try:
        counted = client.query("SELECT count(), uniqExact(profile_id, account_id) FROM follower_score FINAL")
        assert counted.result_rows == [(12, 12)]
    finally:
        client.close()


def test_an_event_has_the_shape_of_lambdas(aws: Settings) -> None:
    send(aws, body_of(account(1)))
    (record,) = event_of(MessageQueue(aws, aws.score_queue).receive())["Records"]
    assert {"messageId", "receiptHandle", "body", "attributes", "md5OfBody", "eventSource"} <= set(record)
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
