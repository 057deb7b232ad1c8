"""What hangs on a published table follows it through swaps and back: views, triggers, policies, foreign keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.waiting import wait_until

from upbeat.errors import InputError, VerificationError
from upbeat.stores import postgres
from upbeat.sync.load import roll_back
from upbeat.sync.preview import preview

if TYPE_CHECKING:
    from tests.integration.sync.conftest import Board

HANGING = """
CREATE TABLE app.platform (name text PRIMARY KEY);
INSERT INTO app.platform VALUES ('INSTAGRAM'), ('YOUTUBE');
CREATE TABLE app.touched (n bigint);
CREATE FUNCTION app.touch() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO app.touched VALUES (1); RETURN new; END $$;
CREATE VIEW app.top WITH (security_barrier = true, security_invoker = true) AS
    SELECT l.handle AS name, l.followers FROM app.leaderboard AS l WHERE l.followers > 0 WITH LOCAL CHECK OPTION;
CREATE VIEW app.topmost AS SELECT name FROM app.top ORDER BY followers DESC LIMIT 1;
CREATE VIEW app.by_key AS SELECT platform, profile_id, handle FROM app.leaderboard GROUP BY platform, profile_id;
COMMENT ON VIEW app.top IS 'who leads';
GRANT SELECT ON app.top TO PUBLIC;
ALTER TABLE app.leaderboard ADD CONSTRAINT of_platform FOREIGN KEY (platform) REFERENCES app.platform ON DELETE RESTRICT;
COMMENT ON CONSTRAINT of_platform ON app.leaderboard IS 'known platforms';
CREATE TRIGGER touch BEFORE UPDATE OF followers ON app.leaderboard FOR EACH ROW EXECUTE FUNCTION app.touch();
CREATE TRIGGER asleep BEFORE INSERT ON app.leaderboard FOR EACH ROW EXECUTE FUNCTION app.touch();
ALTER TABLE app.leaderboard DISABLE TRIGGER asleep;
COMMENT ON TRIGGER touch ON app.leaderboard IS 'counts';
CREATE POLICY mine ON app.leaderboard AS RESTRICTIVE FOR SELECT TO PUBLIC
    USING (followers > (SELECT min(followers) FROM app.leaderboard AS other WHERE other.handle = leaderboard.handle) - 1);
COMMENT ON POLICY mine ON app.leaderboard IS 'self';
ALTER TABLE app.leaderboard ENABLE ROW LEVEL SECURITY;
"""
STATE = """
SELECT
    (SELECT jsonb_agg(jsonb_build_array(tgname, pg_get_triggerdef(oid), tgenabled, obj_description(oid)) ORDER BY tgname)
        FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal) AS triggers,
    (SELECT jsonb_agg(jsonb_build_array(conname, pg_get_constraintdef(oid), convalidated, obj_description(oid)))
        FROM pg_constraint WHERE conrelid = c.oid AND contype = 'f') AS foreign_keys,
    (SELECT jsonb_agg(to_jsonb(p) || jsonb_build_object('oid', null)) FROM pg_policies AS p
        WHERE p.schemaname = 'app' AND p.tablename = 'leaderboard') AS policies,
    relrowsecurity, relforcerowsecurity
FROM pg_class AS c WHERE oid = 'app.leaderboard'::regclass
"""
VIEWS = """
SELECT relname, pg_get_viewdef(oid) AS definition, reloptions, relacl::text, obj_description(oid) AS comment, oid
FROM pg_class WHERE relname IN ('top', 'topmost', 'by_key') ORDER BY 1
"""


def test_views_triggers_policies_and_foreign_keys_follow_through_publish_and_rollback(board: Board) -> None:
    board.publish()
    board.query(HANGING)
    before, views = board.query(STATE), board.query(VIEWS)
    board.fill(110, base=5000)
    report = board.publish()
    assert report["carried"] == [
        "SELECT for upbeat_reader", "view app.by_key", "view app.top", "trigger asleep", "trigger touch", "policy mine",
        "foreign key of_platform", "row level security",
    ]  # fmt: skip
    assert board.query(STATE) == before
    assert board.query(VIEWS) == views, "the views are the same ones, with their rights, options and comments"
    assert board.query("SELECT count(*) AS n, min(followers) AS least FROM app.top") == [
        {"n": 110, "least": 5000}
    ]
    assert board.query("SELECT name FROM app.topmost") == [{"name": "handle_109"}]
    board.query("UPDATE app.leaderboard SET followers = 6000 WHERE profile_id = '1'")
    assert board.query("SELECT count(*) AS n FROM app.touched") == [{"n": 1}]

    roll_back(board.settings, board.plan)
    assert board.query(STATE) == before
    assert board.query("SELECT count(*) AS n, min(followers) AS least FROM app.top") == [
        {"n": 100, "least": 1000}
    ]
    assert board.publish()["rows"] == 110


def test_the_version_that_went_holds_no_row_of_the_other_table_fast(board: Board) -> None:
    board.publish()
    board.query(HANGING)
    board.publish()
    board.query("TRUNCATE app.leaderboard")
    board.query("DELETE FROM app.platform")
    assert board.query("SELECT count(*) AS n FROM app_old.leaderboard") == [{"n": 100}]


def test_a_row_that_points_at_nothing_is_refused_by_its_key_and_the_old_table_stays(board: Board) -> None:
    board.publish()
    board.query(HANGING)
    board.client.command(
        f"INSERT INTO {board.database}.mart_leaderboard SELECT * REPLACE ('MYSPACE' AS platform) "
        f"FROM {board.database}.mart_leaderboard LIMIT 1"
    )
    with pytest.raises(VerificationError, match=r"of_platform: Key \(platform\)=\(MYSPACE\) is not present"):
        board.publish()
    assert board.published() == (100, 1000)
    assert len(board.query(STATE)[0]["foreign_keys"]) == 1


def test_what_was_dropped_from_the_table_does_not_come_back(board: Board) -> None:
    board.publish()
    board.query(HANGING)
    board.publish()
    board.query(
        "DROP TRIGGER touch ON app.leaderboard; DROP POLICY mine ON app.leaderboard; DROP VIEW app.top CASCADE; "
        "ALTER TABLE app.leaderboard DROP CONSTRAINT of_platform, DISABLE ROW LEVEL SECURITY"
    )
    after = board.query(STATE)
    roll_back(board.settings, board.plan)
    assert board.query(STATE) == after
    board.publish()
    assert board.query(STATE) == after


def test_a_view_over_a_column_that_would_go_is_named_before_anything_is_loaded(board: Board) -> None:
    board.publish()
    board.query("CREATE VIEW app.top AS SELECT handle, avg_likes FROM app.leaderboard")
    columns = tuple(column for column in board.plan.columns if column.name != "avg_likes")
    board.plan = board.plan.model_copy(update={"columns": columns})
    with pytest.raises(InputError, match=r"views would lose columns .*app\.top reads avg_likes"):
        board.publish(change_columns=True)
    board.query("DROP VIEW app.top; CREATE VIEW app.top AS SELECT handle FROM app.leaderboard")
    assert board.publish(change_columns=True)["rows"] == 100
    assert board.query("SELECT count(*) AS n FROM app.top") == [{"n": 100}]


def test_readers_of_a_view_never_see_an_error_through_swaps(board: Board) -> None:
    import threading

    board.publish()
    board.query("CREATE VIEW app.top AS SELECT handle, followers FROM app.leaderboard")
    stop, seen = threading.Event(), set[int]()

    def read() -> None:
        with postgres.connect(board.settings, autocommit=True) as connection:
            while not stop.is_set():
                row: Any = connection.execute("SELECT count(*) AS n FROM app.top", prepare=True).fetchone()
                seen.add(row["n"])

    reader = threading.Thread(target=read)
    reader.start()
    try:
        wait_until(lambda: 100 in seen or not reader.is_alive())
        for rows in (110, 120):
            board.fill(rows)
            board.publish()
        wait_until(lambda: 120 in seen or not reader.is_alive())
    finally:
        stop.set()
        reader.join()
    assert {100, 120} <= seen <= {100, 110, 120}


def test_the_preview_says_what_would_be_carried_and_which_way(board: Board) -> None:
    assert preview(board.settings, board.plan, "dry-run")["ways"] == ["swap"]
    board.publish()
    board.query(HANGING)
    seen = preview(board.settings, board.plan, "dry-run")
    assert {"view app.top", "policy mine", "trigger touch", "foreign key of_platform"} <= set(seen["carried"])
    assert (seen["ways"], seen["way_reason"]) == (["swap"], "the plan says so")
    auto = board.plan.model_copy(update={"publish": "auto"})
    assert preview(board.settings, auto, "dry-run")["ways"] == ["merge", "swap"]
    board.query("CREATE TABLE app.fan (p text, id text, FOREIGN KEY (p, id) REFERENCES app.leaderboard)")
    seen = preview(board.settings, auto, "dry-run")
    assert seen["ways"] == ["merge"]
    assert "on table app.fan" in seen["way_reason"]
