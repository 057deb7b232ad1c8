"""Credential updates end encrypted in Postgres, keep to a person's acts, and show their secrets nowhere else."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from upbeat.credentials import CredentialCipher
from upbeat.credentials import store as credentials
from upbeat.embedded.places import Places
from upbeat.listeners.sealing import SEALED

if TYPE_CHECKING:
    from tests.integration.listeners.conftest import ListenBench

    from upbeat.settings import Settings

NAME = "credential_updates"
SECRET = "EAAB-a-secret-of-many-letters"
USER = "17841499999999999"
KEY = f"graphapi:{USER}"


def update(second: int, **fields: Any) -> dict[str, Any]:
    body = {
        "version": 1,
        "source": "graphapi",
        "credentials": {"token": SECRET, "user_id": USER},
        "updated_at": f"2026-11-20T09:00:{second:02d}Z",
    }
    return body | fields


def now() -> str:
    return datetime.now(UTC).isoformat()


def told(bench: ListenBench, *bodies: Any) -> Any:
    bench.send(NAME, *bodies)
    return bench.listen(NAME)


def stored(bench: ListenBench) -> dict[str, Any]:
    (row,) = bench.rows("SELECT * FROM beat.credential")
    return row


def secrets(bench: ListenBench) -> dict[str, str] | None:
    return CredentialCipher(bench.settings).decrypt(bytes(stored(bench)["credentials"]))


def test_a_new_credential_is_stored_encrypted_and_waits_for_its_validation(bench: ListenBench) -> None:
    assert told(bench, update(1, handle="natgeo")).total("handled") == 1
    row = stored(bench)
    assert (row["idempotency_key"], row["handle"], row["enabled"]) == (KEY, "natgeo", True)
    assert row["needs_validation"]
    assert SECRET.encode() not in bytes(row["credentials"])
    assert secrets(bench) == {"token": SECRET, "user_id": USER}


def test_what_a_person_switched_off_stays_off_unless_the_message_says_otherwise(bench: ListenBench) -> None:
    told(bench, update(1))
    credentials.set_enabled(bench.settings, stored(bench)["id"], False)
    told(bench, update(2, credentials={"token": f"{SECRET}2", "user_id": USER}))
    assert secrets(bench) == {"token": f"{SECRET}2", "user_id": USER}
    assert stored(bench)["enabled"] is False
    told(bench, update(3, enabled=True, updated_at=now()))
    assert stored(bench)["enabled"] is True
    told(bench, update(4, enabled=False, credentials={"user_id": USER}, updated_at=now()))
    assert stored(bench)["enabled"] is False


def test_what_a_person_switched_stands_against_an_older_message_whose_secrets_are_stored_all_the_same(
    bench: ListenBench,
) -> None:
    told(bench, update(1, enabled=True))
    written_before = now()
    credentials.set_enabled(bench.settings, stored(bench)["id"], False)
    late = update(
        2, enabled=True, credentials={"token": f"{SECRET}2", "user_id": USER}, updated_at=written_before
    )
    assert told(bench, late).total("handled") == 1
    assert (stored(bench)["enabled"], secrets(bench)) == (False, {"token": f"{SECRET}2", "user_id": USER})


def test_expired_data_access_takes_a_credential_out_and_its_return_has_it_validated(
    bench: ListenBench,
) -> None:
    told(bench, update(1))
    bench.execute("UPDATE beat.credential SET needs_validation = false, validate_after = now()")
    told(bench, update(2, credentials={"user_id": USER}, data_access_expired=True))
    assert credentials.list_credentials(bench.settings)[0].state == "data_access_expired"
    told(bench, update(3, credentials={"user_id": USER}, data_access_expired=False))
    row = stored(bench)
    assert (row["data_access_expired"], row["needs_validation"]) == (False, True)
    assert secrets(bench) == {"token": SECRET, "user_id": USER}


@pytest.mark.parametrize("together", [True, False])
def test_an_older_update_never_overwrites_a_newer_one(bench: ListenBench, together: bool) -> None:
    newer, older = (
        update(9, handle="new"),
        update(3, handle="old", credentials={"token": "old-token", "user_id": USER}),
    )
    if together:
        summary = told(bench, newer, older)
        assert (summary.total("handled"), summary.total("outdated")) == (2, 1)
    else:
        told(bench, newer)
        assert told(bench, older).total("outdated") == 1
    assert stored(bench)["handle"] == "new"
    assert secrets(bench) == {"token": SECRET, "user_id": USER}


def test_a_revoked_credential_is_gone_and_an_older_update_does_not_bring_it_back(bench: ListenBench) -> None:
    told(bench, update(1))
    told(bench, update(5, credentials={"user_id": USER}, revoked=True))
    assert told(bench, update(3)).total("outdated") == 1
    assert bench.rows("SELECT * FROM beat.credential") == []
    told(bench, update(6))
    assert stored(bench)["idempotency_key"] == KEY


def test_a_revocation_of_what_was_never_known_is_kept_for_what_comes_late(bench: ListenBench) -> None:
    told(bench, update(5, revoked=True))
    told(bench, update(4))
    assert bench.rows("SELECT * FROM beat.credential") == []


def test_the_state_of_an_unknown_credential_goes_to_the_error_queue_and_is_no_newer_change(
    bench: ListenBench,
) -> None:
    summary = told(
        bench, update(5, credentials={"user_id": USER}, data_access_expired=True), update(6, enabled=False)
    )
    assert (summary.total("handled"), summary.total("parked")) == (1, 1)
    assert bench.reasons(NAME) == [
        "there is no credential of graphapi with this user_id: send all of its fields"
    ]
    assert told(bench, update(6)).total("outdated") == 0


def test_a_bad_message_is_kept_sealed_and_shows_its_secret_nowhere(
    bench: ListenBench, capfd: pytest.CaptureFixture[str]
) -> None:
    bad = [
        update(1, credentials={"token": SECRET}),
        update(1, credentials={"token": SECRET, "user_id": USER, SECRET: "1"}),
        update(1, **{SECRET: 1}),
        update(1, source=SECRET),
        update(1, handle=[SECRET]),
        update(1, credentials={"user_id": SECRET}, enabled=False),
        f'{{"version": 1, "credentials": {SECRET}'.encode(),
    ]
    bench.send(NAME, *bad, headers={"authorization": SECRET})
    process = bench.process(NAME)
    written = "".join(process.communicate(timeout=240))
    assert process.returncode == 0
    messages = bench.parked(NAME)
    assert len(messages) == len(bad)
    for message in messages:
        assert message.properties.content_type == SEALED
        everything = f"{message.body!r} {message.properties.headers} {message.properties.message_id}"
        assert SECRET not in everything
    assert written.count("message parked") == len(bad)
    assert SECRET not in written
    assert SECRET not in "".join(capfd.readouterr())


def test_a_sealed_message_that_is_sent_again_after_the_mending_is_done(bench: ListenBench) -> None:
    told(bench, update(2, credentials={"user_id": USER}, enabled=False))
    (message,) = bench.parked(NAME)
    told(bench, update(1))
    bench.send(NAME, message.body, ids=[message.properties.message_id], content_type=SEALED)
    assert bench.listen(NAME).total("handled") == 1
    assert stored(bench)["enabled"] is False


def test_no_secret_is_in_the_log_of_postgres_or_in_any_table(bench: ListenBench, stack: Settings) -> None:
    before = postgres_log(stack)
    told(bench, update(1), update(1, credentials={"token": SECRET}), update(1, handle="x" * 301))
    bench.execute("ALTER TABLE beat.credential ADD CONSTRAINT none_new CHECK (id < 0) NOT VALID")
    told(bench, update(2, credentials={"token": f"{SECRET}-2", "user_id": USER}))
    written = postgres_log(stack).removeprefix(before)
    assert "none_new" in written, "what Postgres refuses is in its log"
    assert SECRET not in written
    assert SECRET not in " ".join(bench.reasons(NAME))
    for table in bench.rows(
        "SELECT schemaname AS s, tablename AS t FROM pg_tables WHERE schemaname IN ('beat', 'coffee')"
    ):
        text = bench.rows(
            f"SELECT string_agg(one::text, ' ') AS all_rows FROM {table['s']}.{table['t']} AS one"
        )
        assert SECRET not in str(text)


def postgres_log(stack: Settings) -> str:
    return Places(stack.state_dir).log("postgres").read_text(encoding="utf-8", errors="replace")
