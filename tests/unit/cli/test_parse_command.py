"""`upbeat parse`, as a person runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

USER = {"pk": 787132, "username": "natgeo", "follower_count": "12.5K", "is_verified": "perhaps"}


def parse(*arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [str(Path(sys.executable).with_name("upbeat")), "parse", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, env={"PATH": os.environ["PATH"]}, timeout=240
    )


def test_records_and_problems_are_printed_as_json_lines(tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text(json.dumps(USER), encoding="utf-8")
    run = parse("lama", "profile", str(file), "--observed-at", "2026-01-31T12:00:00Z")
    profile, problem = [json.loads(line) for line in run.stdout.splitlines()]
    assert (profile["type"], profile["handle"], profile["followers"]) == ("profile", "natgeo", 12500)
    assert profile["observed_at"] == "2026-01-31T12:00:00+00:00"
    assert (problem["type"], problem["field"]) == ("problem", "is_verified")
    assert run.returncode == 0


def test_amounts_of_money_are_printed_as_texts_with_all_their_digits() -> None:
    body = b'{"orders": [{"id": 1, "total_price": 12345678901234.1234, "email": "jon@doe.ca"}]}'
    run = parse("shopify", "orders", "-", "--param", "shop=glow-sandbox", stdin=body)
    (order,) = [json.loads(line) for line in run.stdout.splitlines()]
    assert (order["type"], order["shop"], order["total_price"]) == (
        "shopify_order", "glow-sandbox", "12345678901234.1234",
    )  # fmt: skip
    assert b"jon@doe.ca" not in run.stdout


def test_posts_come_with_their_cursor_from_stdin() -> None:
    post = {"pk": "2421224614649404224", "like_count": 1, "taken_at": 1602806400}
    run = parse(
        "rapidapi-igdata", "posts", "-", "--param", "handle=natgeo", "--param", "profile_id=787132",
        stdin=json.dumps({"collector": [post], "has_more": True, "end_cursor": "next"}).encode(),
    )  # fmt: skip
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    assert [line["type"] for line in lines] == ["post", "cursor"]
    assert lines[0]["shortcode"] == "CGZ6vV1nBtA"


@pytest.mark.parametrize(
    ("arguments", "body", "message"),
    [
        (("lama", "profile", "-"), b"{", "not JSON"),
        (("lama", "profile", "-"), b"[]", "no account in the answer"),
        (
            ("graphapi", "followers", "-"),
            b'{"business_discovery": {"id": "1"}}',
            "the Graph API sends no followers body",
        ),
        (
            ("rapidapi-igdata", "profile", "-"),
            b'{"message": "You are not subscribed to this API."}',
            "not subscribed",
        ),
        (("lama", "profile", "-"), b'{"pk": 1, "username": "x", "is_private": true}', "@x is private"),
        (("nobody", "profile", "-"), b"", "there is no such source"),
        (("lama", "profil", "-"), b"", "no such kind of body"),
        (("lama", "profile", "/does/not/exist"), b"", "cannot be read"),
        (("lama", "profile", "-", "--param", "x"), b"{}", "NAME=VALUE"),
        (("lama", "profile", "-", "--observed-at", "noon"), b"{}", "write ISO 8601"),
    ],
)
def test_a_body_that_is_none_is_one_line_and_exit_code_2(
    arguments: tuple[str, ...], body: bytes, message: str
) -> None:
    run = parse(*arguments, stdin=body)
    assert run.returncode == 2
    assert message in run.stderr.decode()
    assert run.stderr.count(b"\n") == 1
    assert run.stdout == b""
