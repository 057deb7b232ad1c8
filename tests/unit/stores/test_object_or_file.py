"""A run reads files of one folder, whatever it is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.errors import InputError
from upbeat.settings import Settings
from upbeat.stores.object_or_file import read_object_or_file

SETTINGS = Settings()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a file, a link that leads out of it, and a secret beside it."""
    inside = tmp_path / "imports"
    (inside / "old").mkdir(parents=True)
    (inside / "old" / "export.csv").write_bytes(b"good")
    (tmp_path / "secrets.env").write_bytes(b"secret")
    (tmp_path / "imports-of-others").mkdir()
    (tmp_path / "imports-of-others" / "a.csv").write_bytes(b"secret")
    (inside / "link.csv").symlink_to(tmp_path / "secrets.env")
    return inside


def test_a_file_in_the_folder_is_read_by_either_path(folder: Path) -> None:
    for place in ("old/export.csv", str(folder / "old" / "export.csv"), "old/../old/export.csv"):
        assert read_object_or_file(SETTINGS, place, str(folder)) == b"good"


@pytest.mark.parametrize(
    "place",
    [
        "../secrets.env",
        "old/../../secrets.env",
        "link.csv",
        "../imports-of-others/a.csv",
        "/etc/passwd",
        "/proc/self/environ",
        "a\0b",
    ],
)
def test_what_lies_outside_is_not_read(folder: Path, place: str) -> None:
    with pytest.raises(InputError, match=r"lies outside|is no path"):
        read_object_or_file(SETTINGS, place, str(folder))
    with pytest.raises(InputError, match=r"lies outside"):
        read_object_or_file(SETTINGS, str(folder.parent / "secrets.env"), str(folder))


def test_what_would_fill_the_memory_or_never_end_is_not_read(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(folder / "pipe.csv")
    with pytest.raises(InputError, match=r"file=pipe.csv: is no file"):
        read_object_or_file(SETTINGS, "pipe.csv", str(folder))
    monkeypatch.setattr("upbeat.stores.object_or_file.LARGEST_BYTES", 3)
    with pytest.raises(InputError, match=r"file=old/export.csv: has 4 bytes, more than 3: split it"):
        read_object_or_file(SETTINGS, "old/export.csv", str(folder))


@pytest.mark.parametrize("place", ["", "export.csv", "/etc/passwd"])
def test_without_a_folder_no_file_is_read(place: str) -> None:
    with pytest.raises(InputError, match="UPBEAT_AIRFLOW_IMPORT_FOLDER"):
        read_object_or_file(SETTINGS, place, "")


@given(st.lists(st.sampled_from(["..", ".", "", "etc", "passwd", "old", "//"]), max_size=8).map("/".join))
def test_no_path_leads_out(place: str) -> None:
    here = Path(__file__).parent
    try:
        read_object_or_file(SETTINGS, place, str(here))
    except InputError:
        return
    assert Path(os.path.normpath(here / place)).is_relative_to(here)
