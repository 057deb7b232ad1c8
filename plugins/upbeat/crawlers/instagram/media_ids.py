"""How ids of Instagram relate to one another. Pure. See docs/adr/0005.

A post's shortcode is its id in base 64 with Instagram's own alphabet, most significant digit first (seen on recordings:
`CGZ6vV1nBtA` is 2421224614649404224, in the Graph API's `ig_id` and in the private API's `pk` alike). An account has two ids
that cannot be computed from one another: the user id that all scrapers tell (`pk`; the Graph API's `ig_id`), and the Graph
API's own, 17 digits that begin with 17841 (`id`; the private API's `fbid_v2`).
"""

from __future__ import annotations

import re

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_PUBLIC_LENGTH = 11
_IN_ADDRESS = re.compile(r"/(?:p|reel|reels|tv)/([A-Za-z0-9_-]+)")
_GRAPH_ACCOUNT = re.compile(r"17841\d{12}")


def shortcode_in(address: str) -> str | None:
    """The shortcode in a post's address, `https://www.instagram.com/p/<code>/`."""
    found = _IN_ADDRESS.search(address)
    return found[1] if found else None


def post_id_of(shortcode: str) -> str | None:
    """The post's id; None for letters that no shortcode has.

    Shortcodes of private accounts are longer: only their first eleven letters are the id.
    """
    post_id = 0
    for letter in shortcode[:_PUBLIC_LENGTH]:
        value = _VALUES.get(letter)
        if value is None:
            return None
        post_id = post_id * 64 + value
    return str(post_id) if post_id else None


def shortcode_of(post_id: str) -> str | None:
    """The shortcode of a post's id; None for what is no such id."""
    if not (post_id.isascii() and post_id.isdigit()) or len(post_id) > 20:
        return None
    number, letters = int(post_id), ""
    while number:
        number, digit = divmod(number, 64)
        letters = _ALPHABET[digit] + letters
    return letters or None


def is_graph_account_id(profile_id: str) -> bool:
    """Whether this is an account's id of the Graph API instead of the user id that all other sources tell."""
    return _GRAPH_ACCOUNT.fullmatch(profile_id) is not None
