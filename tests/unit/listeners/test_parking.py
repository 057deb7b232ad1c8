"""What a message looks like in its error queue."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.fernet import Fernet

from upbeat.credentials import CredentialCipher
from upbeat.listeners.configuration import load_listeners
from upbeat.listeners.intake import route_of
from upbeat.listeners.parking import parked
from upbeat.listeners.registry import handler_of
from upbeat.listeners.sealing import SEALED, Seal
from upbeat.settings import Settings
from upbeat.stores.rabbitmq import Delivery, Properties

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SEAL = Seal(CredentialCipher(Settings.model_validate({"credential_key": Fernet.generate_key().decode()})))


def delivery(body: bytes = b"body", content_type: str | None = "text/plain") -> Delivery:
    headers = {"trace": "t", "x-upbeat-reason": "an older one", "x-death": [1], "x-delivery-count": 3}
    properties = Properties(
        content_type=content_type, message_id="m", type="t", app_id="a", timestamp=5, headers=headers
    )
    return Delivery(0, 0, 1, "coffee.dx", "campaign_changes", False, properties, body)


def test_the_reason_and_the_origin_stand_in_headers_and_the_rest_is_as_it_was_sent() -> None:
    listener = load_listeners()["campaign_changes"]
    outgoing = parked(delivery(), listener, "why", None, NOW)
    assert (outgoing.exchange, outgoing.routing_key) == ("beat.error.dx", "campaign_changes_error")
    assert outgoing.body == b"body"
    properties = outgoing.properties
    assert (properties.content_type, properties.message_id, properties.type) == ("text/plain", "m", "t")
    assert (properties.app_id, properties.timestamp) == ("a", 5)
    assert properties.headers == {
        "trace": "t",
        "x-upbeat-reason": "why",
        "x-upbeat-exchange": "coffee.dx",
        "x-upbeat-routing-key": "campaign_changes",
        "x-upbeat-failed-at": "2026-11-20T09:00:00+00:00",
        "x-upbeat-kind": "campaign_changes",
        "x-upbeat-listener": "campaign_changes",
    }


def test_a_body_with_secrets_is_sealed_and_the_senders_headers_stay_behind() -> None:
    outgoing = parked(delivery(b"secret"), load_listeners()["credential_updates"], "why", SEAL, NOW)
    assert outgoing.properties.content_type == SEALED
    assert b"secret" not in outgoing.body
    assert SEAL.open(outgoing.body) == b"secret"
    assert "trace" not in (outgoing.properties.headers or {})


def test_a_sealed_body_is_not_sealed_again() -> None:
    sealed = SEAL.close(b"secret")
    outgoing = parked(delivery(sealed, SEALED), load_listeners()["credential_updates"], "why", SEAL, NOW)
    assert outgoing.body == sealed


def test_a_route_says_that_it_holds_secrets_where_its_handler_seals() -> None:
    settings = Settings.model_validate({"credential_key": Fernet.generate_key().decode()})
    for listener in load_listeners().values():
        seals = handler_of(listener, settings).seal is not None
        assert route_of(listener).holds_secrets == seals, listener.name
