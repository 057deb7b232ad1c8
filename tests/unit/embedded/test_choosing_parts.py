"""Which parts start, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest

from upbeat.embedded.parts import all_parts, left_without, select, with_needs
from upbeat.embedded.places import Places
from upbeat.errors import InputError
from upbeat.settings import Settings


def parts_of(folder: Path, **values: object) -> dict[str, bool]:
    settings = Settings.model_validate({"state_dir": folder, **values})
    return {part.name: part.launch is not None for part in all_parts(settings, Places(folder))}


def names(folder: Path, *wanted: str, without: tuple[str, ...] = ()) -> list[str]:
    parts = all_parts(Settings(state_dir=folder), Places(folder))
    return [part.name for part in select(parts, wanted, without)]


def test_airflow_is_one_name_for_its_four_processes(tmp_path: Path) -> None:
    assert len(names(tmp_path, "airflow")) == 4
    assert not any(name.startswith("airflow") for name in names(tmp_path, without=("airflow",)))


def test_a_part_brings_what_it_needs(tmp_path: Path) -> None:
    parts = all_parts(Settings(state_dir=tmp_path), Places(tmp_path))
    chosen = with_needs(select(parts, ["airflow-scheduler"]), parts)
    assert [part.name for part in chosen] == ["postgres", "airflow-scheduler"]


def test_stopping_what_running_parts_need_names_these_by_their_group(tmp_path: Path) -> None:
    parts = all_parts(Settings(state_dir=tmp_path), Places(tmp_path))
    postgres, airflow = select(parts, ["postgres"]), select(parts, ["airflow"])
    assert left_without(postgres, parts) == [("postgres", ["api", "airflow"])]
    assert left_without(postgres, select(parts, ["redis"])) == []
    api = select(parts, ["api"])
    assert left_without([*postgres, *api, *airflow], parts) == [], "what is stopped as well needs nothing"
    assert left_without(airflow, parts) == []


def test_an_unknown_part_is_refused_and_the_known_ones_are_listed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"there is no part mysql: the parts are airflow, .*postgres"):
        names(tmp_path, "mysql")


def test_a_part_with_a_url_of_ones_own_is_not_started(tmp_path: Path) -> None:
    parts = parts_of(tmp_path, clickhouse_url="http://warehouse.example:8123", redis_url="redis://r.example")
    assert [name for name, started in parts.items() if not started] == ["redis", "clickhouse"]


def test_live_upstream_needs_no_sandbox(tmp_path: Path) -> None:
    assert "sandbox" in parts_of(tmp_path)
    assert "sandbox" not in parts_of(tmp_path, upstream="live")
