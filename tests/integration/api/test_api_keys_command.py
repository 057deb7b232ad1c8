"""`upbeat api-keys`."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from upbeat import settings as settings_module
from upbeat.cli import app
from upbeat.errors import InputError
from upbeat.settings import Settings

Run = Callable[..., str]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setattr(settings_module, "get_settings", lambda: settings)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["api-keys", *arguments], catch_exceptions=False)
        if isinstance(result.exception, InputError):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def test_a_key_is_made_shown_once_listed_and_revoked(run: Run) -> None:
    made = json.loads(
        run("create", "dashboard", "--scope", "read", "--expires", "90", "--rate", "5/s", "--json")
    )
    text = run("create", "second", "--scope", "read").strip()
    # Found in a place where it should not be, it is at hand as a whole.
    revoked = json.loads(run("revoke", made["key"], "--json"))
    listed = json.loads(run("list", "--json"))

    assert text.startswith("upb_")
    assert revoked == {"key_id": made["key_id"], "revoked": True, "was_revoked_before": False}
    assert {(key["name"], key["state"], key["rate"]) for key in listed} == {
        ("dashboard", "revoked", "5/s"),
        ("second", "usable", None),
    }
    secret = made["key"].rpartition("_")[2]
    assert secret not in run("list") + json.dumps(listed)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("create", "a", "--scope", "read", "--expires", "soon"), "--expires 'soon': give a number of days"),
        (("create", "a", "--scope", "read", "--expires", "2020-01-01"), "it is over already"),
        (("create", "a", "--scope", "all"), "scope 'all' does not exist"),
        (("revoke", "nobody"), "API key 'nobody' is not known"),
    ],
)
def test_what_cannot_be_used_is_named(run: Run, arguments: tuple[str, ...], line: str) -> None:
    with pytest.raises(InputError, match=line):
        run(*arguments)
