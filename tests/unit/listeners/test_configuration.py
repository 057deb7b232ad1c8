"""The file of listeners: names follow from the listener's, mistakes are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from upbeat.errors import InputError
from upbeat.events.consumers import load_consumers
from upbeat.listeners.configuration import chosen_listeners, load_listeners
from upbeat.listeners.intake import route_of
from upbeat.listeners.reading import read
from upbeat.listeners.registry import example_of, handler_of, schemas_of
from upbeat.settings import Settings


def written(folder: Path, text: str) -> Path:
    path = folder / "listeners.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_names_follow_from_the_listeners_name_as_those_of_consumers_do_from_the_kind(tmp_path: Path) -> None:
    path = written(tmp_path, "listeners: [{name: some_changes, handler: campaigns, schema_version: 1}]")
    listener = load_listeners(path)["some_changes"]
    assert (listener.exchange, listener.routing_key, listener.queue) == (
        "beat.dx",
        "some_changes",
        "beat.some_changes",
    )
    assert (listener.error_exchange, listener.error_routing_key) == ("beat.error.dx", "some_changes_error")
    assert listener.error_queue == "beat.some_changes.error"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("listeners: [{name: a, handler: campaigns}]", "schema_version: Field required"),
        ("listeners: [{name: A b, handler: campaigns, schema_version: 1}]", "name"),
        ("listeners: [{name: a, handler: campaigns, schema_version: 1, prefetch: 0}]", "prefetch"),
        ("listeners: [{name: a, handler: campaigns, schema_version: 1, colour: red}]", "colour"),
        (
            "listeners: [{name: a, handler: b, schema_version: 1}, {name: a, handler: b, schema_version: 1, queue: c}]",
            "a name stands twice",
        ),
        (
            "listeners: [{name: a, handler: b, schema_version: 1, queue: q}, {name: c, handler: b, schema_version: 1, queue: q}]",
            "a queue stands twice",
        ),
        ("listeners: [", "is no YAML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        load_listeners(written(tmp_path, text))


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing\.yaml: cannot be read"):
        load_listeners(tmp_path / "nothing.yaml")


def test_listeners_are_chosen_by_name_and_an_unknown_one_is_named() -> None:
    assert list(chosen_listeners(["scrape_requests", "scrape_requests"])) == ["scrape_requests"]
    assert chosen_listeners(None) == chosen_listeners([]) == load_listeners()
    with pytest.raises(
        InputError, match="listener=scrape: there is no such listener: use one of credential_updates"
    ):
        chosen_listeners(["scrape"])


def test_no_listener_shares_a_queue_or_a_key_with_a_consumer_of_events() -> None:
    listeners, consumers = load_listeners().values(), load_consumers().values()
    assert not {one.queue for one in listeners} & {one.queue for one in consumers}
    assert not {(one.exchange, one.routing_key) for one in listeners} & {
        (one.exchange, one.routing_key) for one in consumers
    }
    assert {route_of(one).error_queue for one in listeners} == {f"{one.queue}.error" for one in listeners}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"handler": "nothing"}, "handler=nothing: there is none: use one of campaigns"),
        ({"schema_version": 9}, "schema_version=9: there are 1"),
    ],
)
def test_a_handler_or_version_that_is_not_there_is_named(change: dict[str, object], problem: str) -> None:
    listener = load_listeners()["campaign_changes"].model_copy(update=change)
    with pytest.raises(InputError, match=problem):
        handler_of(listener, Settings())


@pytest.mark.parametrize("name", load_listeners())
def test_every_listener_has_a_schema_and_an_example_that_fits_it(name: str) -> None:
    from datetime import UTC, datetime

    import orjson
    from cryptography.fernet import Fernet

    listener = load_listeners()[name]
    handler = handler_of(
        listener, Settings.model_validate({"credential_key": Fernet.generate_key().decode()})
    )
    received, plan = read(
        orjson.dumps(example_of(listener)),
        message_id="m",
        content_type=None,
        models=schemas_of(listener),
        handler=handler,
        received_at=datetime.now(UTC),
    )
    assert received.id == "m"
    assert plan is not None
    schema = schemas_of(listener)[listener.schema_version].model_json_schema()
    assert schema.get("properties") or schema.get("oneOf")
