"""What a migration does to the tables that are there is read from its statements."""

from __future__ import annotations

import pytest

from upbeat.operations.deploy_locks import Effect, effects
from upbeat.settings import REPOSITORY


@pytest.mark.parametrize(
    ("statement", "does"),
    [
        ("ALTER TABLE beat.t ADD COLUMN a text", "short lock"),
        ("ALTER TABLE beat.t ADD COLUMN a int NOT NULL DEFAULT 0", "short lock"),
        ("ALTER TABLE beat.t ADD COLUMN a timestamptz DEFAULT now()", "short lock"),
        ("ALTER TABLE beat.t ADD COLUMN a timestamptz DEFAULT clock_timestamp()", "rewrites"),
        ("ALTER TABLE ONLY beat.t ADD a uuid DEFAULT gen_random_uuid()", "rewrites"),
        ("ALTER TABLE beat.t ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY", "rewrites"),
        ("ALTER TABLE beat.t ALTER COLUMN a TYPE bigint", "rewrites"),
        ("alter table beat.t alter a set data type bigint", "rewrites"),
        ("ALTER TABLE beat.t DROP COLUMN a", "short lock"),
        ("ALTER TABLE beat.t ALTER COLUMN a SET NOT NULL", "reads all rows"),
        ("ALTER TABLE beat.t ADD CONSTRAINT c CHECK (a > 0)", "reads all rows"),
        ("ALTER TABLE beat.t ADD CONSTRAINT c CHECK (a > 0) NOT VALID", "short lock"),
        ("ALTER TABLE beat.t ADD FOREIGN KEY (a) REFERENCES beat.u", "reads all rows"),
        ("CREATE INDEX i ON beat.t (a)", "blocks writes"),
        ("CREATE UNIQUE INDEX i ON ONLY beat.t USING btree (a)", "blocks writes"),
        ("CREATE INDEX CONCURRENTLY i ON beat.t (a)", None),
        ("UPDATE beat.t SET a = 1 WHERE b", "writes rows"),
        ("INSERT INTO beat.t SELECT 1", "writes rows"),
        ("DELETE FROM beat.t", "writes rows"),
        ("DROP TABLE IF EXISTS beat.t", "drops"),
        ("CREATE TRIGGER g AFTER INSERT ON beat.t FOR EACH ROW EXECUTE FUNCTION f()", "short lock"),
        ("-- ALTER TABLE beat.t ALTER a TYPE int\nSELECT 1", None),
        ("SELECT 'UPDATE beat.t; DROP TABLE beat.t'", None),
        (
            "CREATE FUNCTION f() RETURNS void AS $$ BEGIN UPDATE beat.t SET a = 1; END $$ LANGUAGE plpgsql",
            None,
        ),
    ],
)
def test_a_statement_does_what_the_manual_says(statement: str, does: str | None) -> None:
    assert [(effect.table, effect.does) for effect in effects(f"{statement};")] == (
        [("beat.t", does)] if does else []
    )


def test_tables_that_the_migration_makes_are_empty_and_left_out_and_nothing_is_told_twice() -> None:
    sql = """
        CREATE TABLE beat.fresh (a int); CREATE INDEX ON beat.fresh (a); INSERT INTO beat.fresh VALUES (1);
        CREATE INDEX one ON beat.old (a); CREATE INDEX two ON beat.old (b);
    """
    assert effects(sql) == [Effect("beat.old", "blocks writes")]


def test_every_migration_of_ours_is_read() -> None:
    told = {
        path.name: effects(path.read_text()) for path in (REPOSITORY / "include/sql/postgres").glob("*.sql")
    }
    assert Effect("beat.instagram_post", "blocks writes") in told["0013_stale_queries.sql"]
    assert told["0001_beat.sql"] == []
