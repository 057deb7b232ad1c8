"""Credential updates: the fields of the source, no others, and never a secret in a message of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from upbeat.crawlers.registry import crawler_classes
from upbeat.listeners.messages.credential_update import EXAMPLE, CredentialUpdateV1
from upbeat.listeners.reading import problems_of

SECRET = "EAAB-a-secret-of-many-letters"
OWN = {"token": SECRET, "user_id": "17841400000000001"}


def update(**fields: Any) -> CredentialUpdateV1:
    return CredentialUpdateV1.model_validate_json(json.dumps({**EXAMPLE, **fields}))


def refusal(document: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        CredentialUpdateV1.model_validate_json(json.dumps(document))
    return f"{problems_of(caught.value, CredentialUpdateV1, secret=True)} {caught.value} {caught.value!r}"


@pytest.mark.parametrize("source", [name for name, cls in crawler_classes().items() if cls.credential_fields])
def test_every_source_that_takes_credentials_takes_all_of_its_fields(source: str) -> None:
    cls = crawler_classes()[source]
    for fields in filter(None, (cls.credential_fields, cls.own_credential_fields)):
        secrets = {name: f"value-of-{name}" for name in fields}
        assert update(source=source, credentials=secrets).secrets() == secrets


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"source": "lama"}, "none that takes credentials: use one of graphapi"),
        ({"source": SECRET}, "none that takes credentials"),
        ({"credentials": {"token": SECRET}}, "have the fields token, user_id, and no others"),
        ({"credentials": {"key": SECRET}}, "have the fields token, user_id, and no others"),
        ({"credentials": OWN | {"more": SECRET}}, "and no others"),
        ({"credentials": {}}, "have the fields"),
        ({"credentials": OWN | {"token": ""}}, "a field is empty"),
        ({"credentials": OWN | {"token": f"{SECRET} {SECRET}"}}, "white space"),
        ({"credentials": OWN | {"token": f"{SECRET}\x00"}}, "control signs"),
        ({"credentials": OWN | {"token": SECRET * 400}}, "too long"),
        ({"credentials": OWN | {"token": [SECRET]}}, "credentials"),
        ({"credentials": SECRET}, "credentials"),
        ({"credentials": {"user_id": "1"}}, "nothing that changes"),
        ({"source": "rocketapi", "credentials": {"user_id": "1"}, "revoked": True}, "have the fields key"),
        ({"enabled": "true"}, "enabled"),
        ({"updated_at": "yesterday"}, "updated_at"),
    ],
)
def test_what_cannot_be_meant_is_refused_without_a_word_of_what_was_sent(
    fields: dict[str, Any], problem: str
) -> None:
    told = refusal({**EXAMPLE, **fields})
    assert problem in told
    assert SECRET not in told


@pytest.mark.parametrize("change", [{"revoked": True}, {"enabled": False}, {"data_access_expired": True}])
def test_a_state_may_be_told_of_a_credential_by_its_user_id_alone(change: dict[str, Any]) -> None:
    assert update(credentials={"user_id": "1"}, **change).only_names_it


def test_a_secret_shows_in_no_text_of_the_message() -> None:
    told = update(credentials=OWN)
    assert SECRET not in f"{told} {told!r} {told.model_dump_json()}"


@given(
    st.recursive(
        st.sampled_from([SECRET, f"x{SECRET}", 1, None, True]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*EXAMPLE, SECRET, "token"]), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_whatever_is_sent_no_reason_repeats_it(document: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        CredentialUpdateV1.model_validate_json(json.dumps(document))
    assert SECRET not in str(problems_of(caught.value, CredentialUpdateV1, secret=True))
