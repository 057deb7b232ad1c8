"""Plans: the ones that ship are sound, and a wrong one is refused in one line that names its file."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from upbeat.errors import InputError
from upbeat.settings import REPOSITORY
from upbeat.sync.plan import load_plan, load_plans

GOOD = {
    "name": "board",
    "mart": "mart.mart_board",
    "table": "board",
    "key": ["id"],
    "columns": [{"name": "id", "type": "text"}, {"name": "n", "type": "bigint", "nullable": True}],
    "indexes": [{"columns": ["n"]}],
}


def write(folder: Path, name: str = "board", **changes: object) -> None:
    (folder / f"{name}.yaml").write_text(yaml.safe_dump({**GOOD, "name": name, **changes}), encoding="utf-8")


def test_the_plans_that_ship_load_and_publish_different_tables() -> None:
    plans = {plan.name: plan for plan in load_plans()}
    assert plans["leaderboard"].key == ("platform", "profile_id")


def test_the_leaderboard_publishes_columns_that_its_mart_declares_with_fitting_nullability() -> None:
    path = REPOSITORY / "dbt_project" / "models" / "marts" / "leaderboard" / "_leaderboard__models.yml"
    (model,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    declared = {column["name"]: column["data_type"] for column in model["columns"]}
    plan = load_plan("leaderboard")
    assert [column.name for column in plan.columns] == list(declared)
    for column in plan.columns:
        assert column.nullable or "Nullable" not in declared[column.name], column.name


def test_a_plan_that_does_not_exist_is_answered_with_those_that_do(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(InputError, match="there is no sync plan 'boards': the plans are board"):
        load_plan("boards", tmp_path)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"key": ["nope"]}, "nope: is no column of the plan"),
        ({"key": ["n"]}, "n: a column of the key cannot be nullable"),
        ({"key": []}, "key: Tuple should have at least 1 item"),
        ({"columns": [{"name": "id", "type": "text"}] * 2, "indexes": []}, "a column stands twice"),
        (
            {"columns": [{"name": "id", "type": "text"}, {"name": "tags", "type": "strings"}]},
            "column 2 (tags).type: 'strings' is no type of a plan, which are text, smallint, integer, bigint, real, "
            "double precision, numeric(p, s), boolean, date, uuid, jsonb, each also with [], and timestamptz",
        ),
        (
            {"columns": [{"name": "id", "type": "text; DROP TABLE x"}]},
            "column 1 (id).type: 'text; DROP TABLE x' is",
        ),
        (
            {"columns": [{"name": "id", "type": "timestamptz[]"}]},
            "column 1 (id).type: 'timestamptz[]' is no type",
        ),
        ({"columns": [{"name": "Id", "type": "text"}]}, "column 1.name: String should match"),
        ({"columns": ["id"]}, "column 1: Input should be"),
        ({"indexes": [{"columns": []}]}, "index 1: it names no column"),
        ({"indexes": [{"prefix_of": "nope"}]}, "nope: is no column of the plan"),
        ({"indexes": [{"prefix_of": "n"}]}, "n: only a text is searched by its beginning"),
        ({"indexes": [{"prefix_of": "id", "unique": True}]}, "index 1: an index for a search by beginnings"),
        ({"indexes": [{"element_of": "id"}]}, "id: only an array is searched for an element"),
        ({"indexes": [{"element_of": "n", "columns": ["id"]}]}, "index 1: an index for a search in an array"),
        ({"mart": "mart.x; DROP"}, "', not 'mart.x; DROP'"),
        ({"table": "app.x"}, "table: String should match"),
        ({"checks": {"min_row": 1}}, "checks.min_row: Extra inputs"),
        ({"checks": {"max_drop_ratio": 2}}, "checks.max_drop_ratio: Input should be less"),
        ({"checks": {"max_age_hours": 2}}, "max_age_hours needs `freshness`"),
        ({"indexes": [{"columns": ["n"]}] * 2}, "an index stands twice"),
        ({"name": "other"}, "name file and plan alike"),
    ],
)
def test_a_wrong_plan_is_refused_in_one_line(
    tmp_path: Path, changes: dict[str, object], problem: str
) -> None:
    (tmp_path / "board.yaml").write_text(yaml.safe_dump({**GOOD, **changes}), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_plan("board", tmp_path)
    assert problem in str(caught.value)
    assert "board.yaml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_two_plans_for_one_table_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "board")
    write(tmp_path, "copy")
    with pytest.raises(InputError, match="board is published by two plans"):
        load_plans(tmp_path)
