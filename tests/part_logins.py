"""Settings under which one part of the platform acts, as it does in production: its own role of Postgres."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from pydantic import SecretStr

from upbeat.errors import StoreUnavailableError
from upbeat.settings import Settings
from upbeat.stores.part_roles import grant_login, role_of

PASSWORD = "a%20password%2Fwith-signs"
_let_in: set[tuple[str, str]] = set()
"""Role and server: roles belong to the server, so that each is let in once."""


def acting_as(part: str, owner: Settings) -> Settings:
    """The settings with the login of a part in the place of the owner's. Its grants are in the template of the tests' databases."""
    role, there = role_of(part), urlsplit(owner.postgres_dsn())
    place = f"{there.hostname}:{there.port}"
    url = there._replace(netloc=f"{role}:{PASSWORD}@{place}").geturl()
    if (role, place) not in _let_in:
        with suppress(StoreUnavailableError):  # a test of that: there is nobody to let in
            assert grant_login(owner, url) == role
            _let_in.add((role, place))
    return owner.model_copy(update={"postgres_url": SecretStr(url)})


def forget_logins() -> None:
    """After a test that gave the roles other passwords."""
    _let_in.clear()
