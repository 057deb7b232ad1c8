"""The swap under readers: nobody sees an error or half a table, and what hangs on the table follows or is refused."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from tests.waiting import wait_until

from upbeat.errors import InputError
from upbeat.stores import postgres
from upbeat.sync import swap
from upbeat.sync.load import roll_back
from upbeat.sync.preview import preview
from upbeat.sync.published import LIVE, TableName, refuse_what_is_not_carried
from upbeat.sync.swap import SwapBlockedError

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board

READERS = 8


def read_until(board: Board, stop: threading.Event, seen_rows: set[int]) -> list[tuple[int, int, float]]:
    """Whole reads of the table by one session: rows, sum of followers, seconds. A prepared statement, as pools have."""
    seen = []
    query = "SELECT count(*) AS n, sum(followers)::bigint AS total FROM app.leaderboard"
    with postgres.connect(board.settings, autocommit=True) as connection:
        while not stop.is_set():
            began = time.monotonic()
            row = connection.execute(query, prepare=True).fetchone()
            assert row is not None
            seen.append((row["n"], row["total"], time.monotonic() - began))
            seen_rows.add(row["n"])
            time.sleep(0.002)
    return seen


def test_readers_during_many_swaps_see_no_error_and_whole_versions_only(board: Board) -> None:
    versions = {(100 + i, sum(1000 * (i + 1) + n for n in range(100 + i))) for i in range(6)}
    board.publish()
    stop = threading.Event()
    seen_rows: set[int] = set()
    locks = []
    with ThreadPoolExecutor(READERS) as pool:
        readers = [pool.submit(read_until, board, stop, seen_rows) for _ in range(READERS)]

        def wait_until_seen(rows: int) -> None:
            """Readers are there before and after each swap; one that broke says why at the end."""
            wait_until(lambda: rows in seen_rows or any(reader.done() for reader in readers))

        try:
            wait_until_seen(100)
            for i in range(1, 6):
                board.fill(100 + i, base=1000 * (i + 1))
                locks.append(board.publish()["lock_milliseconds"])
                wait_until_seen(100 + i)
        finally:
            stop.set()
        reads = [read for reader in readers for read in reader.result(timeout=240)]
    assert {(rows, total) for rows, total, _ in reads} == versions
    print(f"{len(reads)} reads, slowest {max(r[2] for r in reads) * 1000:.1f} ms; locked for {locks} ms")


def test_a_reader_in_the_middle_of_a_transaction_is_waited_for_and_keeps_its_version(
    board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    board.publish()
    board.fill(110, base=5000)
    began: list[float] = []
    attempt = swap._attempt

    def noted(*given: Any) -> None:
        began.append(time.monotonic())
        attempt(*given)

    monkeypatch.setattr(swap, "_attempt", noted)
    with postgres.connect(board.settings) as reader, ThreadPoolExecutor(1) as pool:
        count = "SELECT count(*) AS n FROM app.leaderboard"
        assert reader.execute(count).fetchone() == {"n": 100}
        old = time.monotonic() + swap.OLD_READER_SECONDS
        publish = pool.submit(board.publish)
        # A whole attempt on a reader that is not waited for any more within it, whatever came before.
        wait_until(lambda: len([at for at in began if at > old]) > 1 or publish.done())
        assert not publish.done()
        assert reader.execute(count).fetchone() == {"n": 100}
        assert board.published() == (100, 1000), "others read on meanwhile"
        reader.commit()
        report = publish.result(timeout=240)
        assert reader.execute(count).fetchone() == {"n": 110}
    assert report["swap_attempts"] > 1


def test_a_reader_whose_snapshot_is_older_than_the_load_finds_whole_rows_after_the_swap(board: Board) -> None:
    board.publish()
    board.fill(110, base=5000)
    with postgres.connect(board.settings) as reader:
        reader.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        reader.execute("SELECT count(*) FROM pg_class")  # takes the snapshot, and no lock on the table
        board.publish()
        assert reader.execute("SELECT count(*) AS n FROM app.leaderboard").fetchone() == {"n": 110}
        indexed = "SELECT followers FROM app.leaderboard WHERE platform = 'INSTAGRAM' AND profile_id = '7'"
        reader.execute("SET LOCAL enable_seqscan = off")
        assert reader.execute(indexed).fetchone() == {"followers": 5007}


def test_a_reader_that_never_ends_stops_the_publish_by_name_and_the_table_stays(board: Board) -> None:
    board.publish()
    board.fill(110, base=5000)
    board.plan = board.plan.model_copy(update={"swap_wait_seconds": 1.5})
    with postgres.connect(board.settings, application="slow report") as reader:
        reader.execute("SELECT count(*) FROM app.leaderboard")
        with pytest.raises(
            SwapBlockedError, match=r"gave up after \d+ attempts .*app.leaderboard by slow report \(pid \d+"
        ):
            board.publish("blocked")
    assert board.published() == (100, 1000)
    assert board.publish("blocked")["status"] == "published"


@pytest.fixture
def roles(board: Board) -> tuple[str, str]:
    """Two roles of this test's own: roles belong to the whole cluster."""
    number = board.database.rpartition("_")[2]
    names = (f"reader_{number}", f"boss_{number}")
    for name in names:
        board.query(f"DROP ROLE IF EXISTS {name}")
        board.query(f"CREATE ROLE {name}")
    return names


def rights(board: Board) -> tuple[str, list[str], list[str]]:
    row = board.query(
        "SELECT relowner::regrole::text AS owner, array(SELECT acl::text FROM unnest(relacl) AS acl ORDER BY 1) AS acl, "
        "array(SELECT attname || ' ' || attacl::text FROM pg_attribute WHERE attrelid = c.oid AND attacl IS NOT NULL) AS columns "
        "FROM pg_class AS c WHERE oid = 'app.leaderboard'::regclass"
    )[0]
    return row["owner"], row["acl"], row["columns"]


def test_owner_grants_and_comments_follow_through_publish_and_rollback(
    board: Board, roles: tuple[str, str]
) -> None:
    reader, boss = roles
    board.publish()
    board.query(f"ALTER TABLE app.leaderboard OWNER TO {boss}")
    board.query(f"GRANT SELECT ON app.leaderboard TO {reader} WITH GRANT OPTION")
    board.query("GRANT SELECT (handle, followers) ON app.leaderboard TO PUBLIC")
    board.query("COMMENT ON COLUMN app.leaderboard.handle IS 'as the product shows it; it''s unique'")
    before = rights(board)
    report = board.publish()
    assert rights(board) == before
    assert before[0] == boss
    assert f"SELECT for {reader}" in report["carried"]
    assert "SELECT (handle) for PUBLIC" in report["carried"]
    comments = board.query(
        "SELECT obj_description('app.leaderboard'::regclass) AS t, col_description('app.leaderboard'::regclass, 3) AS c"
    )[0]
    assert comments == {"t": board.plan.description, "c": "as the product shows it; it's unique"}

    board.query(f"REVOKE ALL ON app.leaderboard FROM {reader} CASCADE")
    after = rights(board)
    roll_back(board.settings, board.plan)
    assert rights(board) == after, "a right that was taken away does not come back with the old version"


@pytest.mark.parametrize(
    ("meanwhile", "refused"),
    [
        ("GRANT SELECT ON app.leaderboard TO {reader}", False),
        ("GRANT SELECT (handle) ON app.leaderboard TO {reader}", False),
        ("ALTER TABLE app.leaderboard OWNER TO {reader}", False),
        ("COMMENT ON COLUMN app.leaderboard.handle IS 'new'", False),
        ("CREATE MATERIALIZED VIEW app.late AS SELECT handle FROM app.leaderboard", True),
    ],
)
def test_what_is_done_to_the_table_between_the_look_and_the_lock_is_not_lost(
    board: Board, roles: tuple[str, str], monkeypatch: pytest.MonkeyPatch, meanwhile: str, refused: bool
) -> None:
    board.publish()
    carry_over, done = swap.published.carry_over, []

    def carry_over_then_be_overtaken(*arguments: Any) -> list[str]:
        carried = carry_over(*arguments)
        if not done:
            done.append(board.query(meanwhile.format(reader=roles[0])))
        return carried

    monkeypatch.setattr(swap.published, "carry_over", carry_over_then_be_overtaken)
    if refused:
        with pytest.raises(InputError, match=r"materialized view app\.late"):
            board.publish()
        assert board.query("SELECT count(*) AS n FROM app.late") == [{"n": 100}]
        return
    oid = board.query("SELECT 'app.leaderboard'::regclass::oid AS oid")
    report = board.publish()
    assert report["swap_attempts"] == 2
    assert board.query("SELECT 'app.leaderboard'::regclass::oid AS oid") != oid
    owner, acl, columns = rights(board)
    comment = board.query("SELECT col_description('app.leaderboard'::regclass, 3) AS c")[0]["c"]
    assert roles[0] in f"{owner} {acl} {columns}" or comment == "new"


def test_what_hangs_on_a_version_that_has_to_go_is_named_and_the_table_stays(board: Board) -> None:
    board.publish()
    board.fill(110, base=5000)
    board.publish()
    board.query("CREATE VIEW app.compared AS SELECT handle FROM app_old.leaderboard")
    with pytest.raises(
        InputError, match=r"cannot drop table app_old\.leaderboard .*view app\.compared"
    ) as caught:
        board.publish("third")
    assert "\n" not in str(caught.value)
    assert board.published() == (110, 5000)
    board.query("DROP VIEW app.compared")
    assert board.publish("third")["status"] == "published"


def test_rights_on_columns_alone_follow_too(board: Board, roles: tuple[str, str]) -> None:
    board.publish()
    board.query("REVOKE ALL ON app.leaderboard FROM upbeat_reader")
    board.query(f"GRANT SELECT (handle) ON app.leaderboard TO {roles[0]}")
    before = rights(board)
    board.publish()
    board.publish()
    roll_back(board.settings, board.plan)
    own = ["upbeat=arwdDxtm/upbeat"]
    assert rights(board) == before == ("upbeat", own, [f"handle {{{roles[0]}=r/upbeat}}"])


# What a swap would lose, by the words that name it.
THINGS = {
    "rule _RETURN on materialized view app.top": "CREATE MATERIALIZED VIEW app.top AS SELECT handle FROM app.leaderboard",
    "rule quiet on table app.leaderboard": "CREATE RULE quiet AS ON DELETE TO app.leaderboard DO INSTEAD NOTHING",
    "index app.by_hand": "CREATE INDEX by_hand ON app.leaderboard (country)",
    "constraint positive on table app.leaderboard": "ALTER TABLE app.leaderboard ADD CONSTRAINT positive CHECK (followers > 0)",
    "constraint by_handle on table app.leaderboard": (
        "ALTER TABLE app.leaderboard ADD CONSTRAINT by_handle UNIQUE (platform, handle)"
    ),
    "policy theirs on table app.other": (
        "CREATE TABLE app.other (id text); "
        "CREATE POLICY theirs ON app.other USING (id IN (SELECT profile_id FROM app.leaderboard))"
    ),
    "on table app.fan": (
        "CREATE TABLE app.fan (p text, id text, FOREIGN KEY (p, id) REFERENCES app.leaderboard (platform, profile_id))"
    ),
    "on table app.leaderboard": (
        "ALTER TABLE app.leaderboard ADD CONSTRAINT self FOREIGN KEY (platform, profile_id) REFERENCES app.leaderboard"
    ),
    "table app.pair": "CREATE TABLE app.pair (one app.leaderboard)",
    "view app.whole": "CREATE VIEW app.whole AS SELECT l AS row FROM app.leaderboard AS l",
    "rule _RETURN on view mine": "CREATE TEMPORARY VIEW mine AS SELECT handle FROM app.leaderboard",
    "publication everything": "CREATE PUBLICATION everything FOR TABLES IN SCHEMA app",
    "publication this": "CREATE PUBLICATION this FOR TABLE app.leaderboard",
    "statistics object": "CREATE STATISTICS app.s ON country, category FROM app.leaderboard",
    "function app.leaders()": (
        "CREATE FUNCTION app.leaders() RETURNS bigint BEGIN ATOMIC SELECT count(*) FROM app.leaderboard; END"
    ),
    "default value": "ALTER TABLE app.leaderboard ALTER country SET DEFAULT 'IN'",
    "sequence app.leaderboard_n_seq": (
        "CREATE SEQUENCE app.leaderboard_n_seq OWNED BY app.leaderboard.followers"
    ),
    "app.part": "CREATE TABLE app.part () INHERITS (app.leaderboard)",
    "table app.pairs": "CREATE TABLE app.pairs (many app.leaderboard[])",
    "storage parameters": "ALTER TABLE app.leaderboard SET (autovacuum_enabled = false)",
    "settings of column handle": "ALTER TABLE app.leaderboard ALTER handle SET STATISTICS 1000",
    "replica identity": "ALTER TABLE app.leaderboard REPLICA IDENTITY FULL",
}


def test_whatever_hangs_on_the_table_and_would_be_lost_is_named(board: Board) -> None:
    board.publish()
    live = TableName(LIVE, "leaderboard")
    with postgres.connect(board.settings) as connection:
        refuse_what_is_not_carried(connection, board.plan, live)
        for name, statement in THINGS.items():
            connection.execute(statement)
            with pytest.raises(InputError) as caught:
                refuse_what_is_not_carried(connection, board.plan, live)
            assert name in str(caught.value)
            assert "\n" not in str(caught.value)
            connection.rollback()
        refuse_what_is_not_carried(connection, board.plan, live)


def test_a_publish_that_would_lose_something_is_refused_before_anything_is_loaded(board: Board) -> None:
    board.publish()
    oid = board.query("SELECT 'app.leaderboard'::regclass::oid AS oid")
    board.query(THINGS["rule _RETURN on materialized view app.top"])
    with pytest.raises(InputError, match="rule _RETURN on materialized view"):
        board.publish()
    assert board.query("SELECT 'app.leaderboard'::regclass::oid AS oid") == oid
    assert board.query("SELECT to_regclass('app_next.leaderboard') AS t") == [{"t": None}]


def test_a_published_view_or_foreign_table_of_the_name_is_not_replaced(board: Board) -> None:
    board.query("CREATE VIEW app.leaderboard AS SELECT 1 AS one")
    with pytest.raises(InputError, match="no plain table"):
        board.publish()


def test_new_columns_come_in_and_changed_ones_only_on_request(board: Board) -> None:
    columns = board.plan.columns
    board.plan = board.plan.model_copy(update={"columns": columns[:-2]})
    board.plan = board.plan.model_copy(update={"freshness": None})
    board.publish()
    board.plan = board.plan.model_copy(update={"columns": columns})
    assert board.publish()["added_columns"] == ["observed_at", "updated_at"]
    changed = [
        c.model_copy(update={"type": "numeric(12,2)"}) if c.name == "avg_likes" else c for c in columns
    ]
    board.plan = board.plan.model_copy(
        update={"columns": tuple(c for c in changed if c.name != "total_posts")}
    )
    with pytest.raises(
        InputError, match=r"total_posts bigint, avg_likes double precision -> numeric\(12,2\)"
    ):
        board.publish()
    assert "total_posts bigint" in (preview(board.settings, board.plan, "dry-run")["refused"] or "")
    assert preview(board.settings, board.plan, "dry-run", change_columns=True)["refused"] is None
    assert board.publish(change_columns=True)["rows"] == 100
    assert preview(board.settings, board.plan, "dry-run")["refused"] is None
