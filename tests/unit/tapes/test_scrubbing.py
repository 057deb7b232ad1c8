"""No secret of a credential gets onto a tape, in whatever form an API may echo it."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from upbeat.errors import InputError
from upbeat.tapes.record import scrubbed
from upbeat.tapes.scrub import MASK, Scrubber, secrets_of
from upbeat.tapes.tape import Exchange, RunResult, Tape

SECRETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=12, max_size=40)
WRITTEN: dict[str, Callable[[str], str]] = {
    "as it is": lambda secret: secret,
    "json": lambda secret: json.dumps(secret),
    "json with escaped slashes": lambda secret: json.dumps(secret).replace("/", "\\/"),
    "html-safe json": lambda secret: json.dumps(secret).replace("=", "\\u003d").replace("&", "\\u0026").replace(
        "<", "\\u003c"
    ).replace(">", "\\u003e").replace("'", "\\u0027").replace("+", "\\u002b"),
    "percent-encoded": lambda secret: quote(secret, safe=""),
    "path-encoded": quote,
    "form-encoded": quote_plus,
    "lower percents": lambda secret: "".join(
        part if not part.startswith("%") else part.lower() for part in [*_percents(quote(secret, safe=""))]
    ),
    "percent-encoded twice": lambda secret: quote(quote(secret, safe=""), safe=""),
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "base64 with a user before it": lambda secret: base64.b64encode(f"user:{secret}".encode()).decode(),
    "base64 within something": lambda secret: base64.b64encode(f"ab{secret}cd".encode()).decode(),
    "url-safe base64": lambda secret: base64.urlsafe_b64encode(f"a{secret}".encode()).decode().rstrip("="),
}  # fmt: skip


def _percents(text: str) -> list[str]:
    found, rest = [], text
    while rest:
        size = 3 if rest[0] == "%" else 1
        found.append(rest[:size])
        rest = rest[size:]
    return found


def echoed(text: str) -> Tape:
    """A tape whose every place holds a text."""
    exchange = Exchange(
        run=0,
        source="lama",
        kind="profile",
        method="POST",
        url=f"https://lama.sandbox/{text}?x={text}",
        params={"handle": text},
        json={"nested": [text, {text: text}]},
        status=200,
        headers={"link": f"<https://x/?a={text}>"},
        fetched_at=datetime(2026, 11, 22, tzinfo=UTC),
        body=f'{{"next": "{text}"}}'.encode(),
    )
    failed = Exchange(
        run=0, source="lama", kind="post", method="GET", url="https://x", params={}, error={"message": text}
    )
    return Tape(
        flow="instagram.profile_by_handle",
        params=[{"handle": text}],
        recorded_at=datetime(2026, 11, 22, tzinfo=UTC),
        upstream="live",
        exchanges=[exchange, failed],
        results=[
            RunResult(error=text, records=[{"type": "profile", "biography": text}], picks=[{"none": text}])
        ],
    )


@pytest.mark.parametrize("form", WRITTEN)
@given(secret=SECRETS)
@settings(max_examples=60, deadline=None)
def test_no_form_of_a_secret_stays_anywhere_on_a_tape(form: str, secret: str) -> None:
    written = WRITTEN[form](secret)
    tape = scrubbed(echoed(written), Scrubber([secret]))
    text = tape.text()
    assert secret not in text
    assert written not in text
    assert MASK in text or "99999999" in text or "88888888" in text
    assert secret.encode() not in tape.exchanges[0].body


@given(secret=SECRETS, before=st.binary(max_size=20), after=st.binary(max_size=20))
@settings(max_examples=100, deadline=None)
def test_a_body_of_any_bytes_is_searched(secret: str, before: bytes, after: bytes) -> None:
    assert secret.encode() not in Scrubber([secret]).body(before + secret.encode() + after)


@given(secrets=st.sets(SECRETS, min_size=2, max_size=4), text=st.text(max_size=60))
@settings(max_examples=100, deadline=None)
def test_scrubbing_twice_changes_nothing_the_second_time(secrets: set[str], text: str) -> None:
    assume(all(MASK not in secret for secret in secrets))
    scrubber = Scrubber(secrets)
    once = scrubber.text(text + "".join(secrets))
    assert scrubber.text(once) == once


@given(document=st.recursive(
    st.none() | st.booleans() | st.integers(-10**6, 10**6) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(("id", "username", "key", "cursor")), inner, max_size=3),
    max_leaves=12,
))  # fmt: skip
def test_what_holds_no_secret_stays_as_it_is(document: Any) -> None:
    body = json.dumps(document).encode()
    assert Scrubber(["a-secret-of-some-length-0123456789"]).body(body) == body


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (
            '{"next":"https:\\/\\/graph.facebook.com\\/v15.0\\/1\\/media?access_token=EAAB12|x.y&limit=25&after=QVF"}',
            '{"next":"https:\\/\\/graph.facebook.com\\/v15.0\\/1\\/media?access_token=scrubbed&limit=25&after=QVF"}',
        ),
        ('{"next":"https://g/x?limit=1\\u0026access_token=EAAB\\u0026after=Q"}',
         '{"next":"https://g/x?limit=1\\u0026access_token=scrubbed\\u0026after=Q"}'),
        ("https://www.googleapis.com/youtube/v3/videos?id=a&key=AIzaXYZ", "https://www.googleapis.com/youtube/v3/videos?id=a&key=scrubbed"),
        ("?u=https%3A%2F%2Fg%3Faccess_token%3DEAAB%26after%3DQ", "?u=https%3A%2F%2Fg%3Faccess_token%3Dscrubbed%26after%3DQ"),
        ("https://x/?sig=abc%2Fdef&pageToken=CAUQAA", "https://x/?sig=scrubbed&pageToken=CAUQAA"),
        ('{"access_token": "EA\\"AB", "token_type": "bearer"}', '{"access_token": "scrubbed", "token_type": "bearer"}'),
        ('{"refresh_token":"1//x","expires_in":3600}', '{"refresh_token":"scrubbed","expires_in":3600}'),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: Bearer scrubbed"),
        ('{"monkey": "?", "key": "not a secret", "token": "cursor"}', '{"monkey": "?", "key": "not a secret", "token": "cursor"}'),
        ("a?next_page_token=abc&turkey=1", "a?next_page_token=abc&turkey=1"),
    ],
)  # fmt: skip
def test_secrets_are_known_by_the_names_under_which_apis_pass_them_on(text: str, clean: str) -> None:
    assert Scrubber().text(text) == clean


def test_a_secret_of_digits_leaves_json_that_can_be_read() -> None:
    body = Scrubber(["1234567890123"]).body(b'{"id": 1234567890123, "n": 1}')
    assert json.loads(body) == {"id": 9999999999999, "n": 1}


def test_a_user_id_is_no_secret_and_a_short_secret_is_refused() -> None:
    assert secrets_of([{"user_id": "17841400000000001", "token": "a-long-token"}]) == {"a-long-token"}
    with pytest.raises(InputError, match="field key: shorter than 8 letters"):
        secrets_of([{"key": "short"}])
