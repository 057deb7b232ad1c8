"""A trigger tells what happens to credentials, whoever changes them, and nothing of their secrets."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from upbeat.settings import Settings

ADD = "INSERT INTO beat.credential (idempotency_key, source, credentials, handle) VALUES ('lama:user7', 'lama', 'geheim', 'ana')"


@pytest.fixture
def postgres(settings: Settings) -> Iterator[psycopg.Connection]:
    with psycopg.connect(settings.postgres_dsn(), autocommit=True) as connection:
        yield connection


def _events(postgres: psycopg.Connection) -> list[str]:
    return [row[0] for row in postgres.execute("SELECT event FROM beat.credential_event ORDER BY credential_event_id")]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("disabled_till = now() + interval '1 hour'", ["rested"]),
        ("enabled = false", ["disabled"]),
        ("data_access_expired = true", ["expired"]),
        ("needs_validation = false, validate_after = now(), validated_at = now()", ["validated"]),
        ("validated_at = now(), data_access_expired = true", ["refused", "expired"]),
        ("credentials = 'other', updated_at = clock_timestamp(), needs_validation = true", ["replaced"]),
        ("credentials = 'the same under another key'", []),
        ("validation_lease_until = now()", []),
        ("disabled_till = NULL", []),
    ],
)
def test_a_change_of_what_a_credential_can_do_is_an_event(postgres: psycopg.Connection, change: str, told: list[str]) -> None:
    postgres.execute(ADD)
    postgres.execute(f"UPDATE beat.credential SET {change}")
    assert _events(postgres) == ["added", *told]


def test_a_rest_that_is_not_longer_is_no_event_and_a_refusal_is_one_once(postgres: psycopg.Connection) -> None:
    postgres.execute(ADD)
    for _ in range(2):
        postgres.execute("UPDATE beat.credential SET disabled_till = GREATEST(disabled_till, '2030-01-01Z')")
    for _ in range(2):
        postgres.execute("UPDATE beat.credential SET needs_validation = false, validate_after = now()")
        postgres.execute("UPDATE beat.credential SET needs_validation = true, validate_after = NULL")
        postgres.execute("UPDATE beat.credential SET needs_validation = true, validate_after = NULL")
    assert _events(postgres) == ["added", "rested", "refused", "refused"]


def test_a_credential_that_went_and_came_back_has_one_key_that_tells_nothing(postgres: psycopg.Connection) -> None:
    postgres.execute(ADD)
    postgres.execute("DELETE FROM beat.credential")
    postgres.execute(ADD)
    rows = postgres.execute("SELECT credential_key, event, to_jsonb(e)::text FROM beat.credential_event AS e ORDER BY 1, credential_event_id").fetchall()
    assert [row[1] for row in rows] == ["added", "removed", "added"]
    assert len({row[0] for row in rows}) == 1
    assert not any(secret in row[2] for row in rows for secret in ("geheim", "user7"))
