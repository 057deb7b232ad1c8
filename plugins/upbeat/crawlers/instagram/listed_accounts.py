"""Lists of accounts: followers, followed accounts, likers, suggestions, results of a search. Pure.

Shapes: the private API's `users` (recorded for all five), HikerAPI's flattened lists (recorded), web GraphQL's `edge_…` of
`node` (documented by public clients). The entries of these lists look the same, so what stands beside a list decides whether it is another one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from upbeat.crawlers.coercions import to_count
from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.instagram.envelopes import ListNames, Page, find_page
from upbeat.crawlers.instagram.item_kinds import bears_an_account, is_account
from upbeat.crawlers.instagram.media_ids import post_id_of
from upbeat.crawlers.instagram.observation import Observation
from upbeat.crawlers.instagram.short_pages import note_short_page
from upbeat.errors import MalformedBodyError
from upbeat.records import (
    Fact,
    Follower,
    Following,
    Liker,
    Parsed,
    PayloadKind,
    Problem,
    SearchHit,
    SimilarProfile,
)

_ANY = ("users", "items", "edges", "nodes", "data", "results", "collector", "accounts", "list")
_NAMES = {
    PayloadKind.FOLLOWERS: ListNames(("followers", *_ANY), ("edge_followed_by", "followers")),
    PayloadKind.FOLLOWING: ListNames(("following", "followings", *_ANY), ("edge_follow", "following")),
    PayloadKind.LIKERS: ListNames(
        ("likers", "likes", *_ANY),
        (
            "edge_liked_by",
            "likers",
            "likes",
            "shortcode_media",
            "xdt_shortcode_media",
        ),
    ),
    PayloadKind.SIMILAR: ListNames(
        ("similar_accounts", "suggested_users", "suggestions", *_ANY),
        (
            "edge_chaining",
            "edge_related_profiles",
            "edge_suggested_users",
            "similar_accounts",
        ),
    ),
    PayloadKind.SEARCH: ListNames(_ANY, ("search",)),
}
_MARKS = {
    PayloadKind.FOLLOWERS: ("show_spam_follow_request_tab", "big_list", "should_limit_list_of_followers"),
    PayloadKind.FOLLOWING: ("is_favorite", "big_list", "should_limit_list_of_followers"),
    PayloadKind.LIKERS: ("user_count",),
    PayloadKind.SIMILAR: ("is_recommend_account", "chaining_upsell_cards", "chaining_info"),
    PayloadKind.SEARCH: ("rank_token", "clear_client_cache", "search_serp_type"),
}
"""What stands beside such a list, or in its first entry, and not beside others; the first of each is told of no other at all."""
_IN_WORDS = re.compile(r"\s*([\d.,]+\s*[KMB]?)\s+followers?\s*", re.I)


def read_listed_accounts(kind: PayloadKind, document: Any, asked: Observation) -> Parsed | None:
    """The accounts of one page; None when there is no list at all.

    Raises:
        MalformedBodyError: it is another list, or none of its entries can be read.
    """
    page = find_page(document, _NAMES[kind])
    if page is None:
        return None
    parsed = Parsed(next_cursor=page.cursor)
    accounts = [_unwrap(kind, item) for item in page.items]
    _refuse_another_list(kind, page, accounts, asked.source)
    subject = _subject(kind, page, parsed.problems, asked)
    for number, account in enumerate(accounts):
        read = FieldReader(account if isinstance(account, dict) else {}, parsed.problems, f"users[{number}].")
        if not isinstance(account, dict) or not is_account(account):
            # A search finds places and hashtags too.
            if kind != PayloadKind.SEARCH or not isinstance(account, dict):
                read.note("account_id", f"expected an account, found {show(account)}")
            continue
        account_id = read.identifier("account_id", "pk", "id", "pk_id", "user_id", "strong_id__")
        if account_id is None:
            read.note("account_id", "the account has no id")
            continue
        parsed.facts.append(_fact(kind, read, account_id, subject, len(parsed.facts) + 1, asked))
    if page.items and not parsed.facts:
        reason = str(parsed.problems[-1]) if parsed.problems else "no account among them"
        raise MalformedBodyError(
            f"none of {len(page.items)} accounts can be read ({reason})", source=asked.source
        )
    note_short_page(page, parsed.problems)
    return parsed


def _unwrap(kind: PayloadKind, item: Any) -> Any:
    """An account out of `{"node": …}`; suggestions and searches put it under `user`, beside a position or pictures."""
    if not isinstance(item, dict) or bears_an_account(item):
        return item
    names = ("node", "user") if kind in (PayloadKind.SIMILAR, PayloadKind.SEARCH) else ("node",)
    return next((item[name] for name in names if isinstance(item.get(name), dict)), item)


def _refuse_another_list(kind: PayloadKind, page: Page, accounts: list[Any], source: str) -> None:
    first: Mapping[str, Any] = accounts[0] if accounts and isinstance(accounts[0], dict) else {}

    def marked(other: PayloadKind, marks: int | None = None) -> bool:
        return any(mark in page.beside or mark in first for mark in _MARKS[other][:marks])

    surely = next((other for other in _MARKS if marked(other, 1)), None)
    another = next((other for other in _MARKS if marked(other)), None)
    if surely == kind or (surely is None and marked(kind)):
        return
    if page.is_chunk and kind not in (PayloadKind.FOLLOWERS, PayloadKind.FOLLOWING):
        raise MalformedBodyError(f"a chunk of followers or followed accounts, not of {kind}", source=source)
    if (surely or another) is not None:
        raise MalformedBodyError(f"a list of {surely or another}, not of {kind}", source=source)


def _subject(kind: PayloadKind, page: Page, problems: list[Problem], asked: Observation) -> str:
    if kind == PayloadKind.SEARCH:
        return asked.params.get("query", "")
    if kind == PayloadKind.LIKERS:
        shortcode = asked.params.get("shortcode") or FieldReader(page.beside, []).text("", "shortcode")
        computed = post_id_of(shortcode) if shortcode else None
        return asked.params.get("post_id") or computed or asked.subject("post_id", page.beside, problems)
    return asked.subject("user_id", page.beside, problems, "pk", "id")


def _fact(
    kind: PayloadKind, read: FieldReader, account_id: str, subject: str, position: int, asked: Observation
) -> Fact:
    handle = read.handle("handle", "username", "user_name", "userName")
    full_name = read.text("full_name", "full_name", "fullName", "name")
    if kind == PayloadKind.SEARCH:
        return SearchHit(
            **asked.base(),
            query=subject,
            entity="profile",
            item_id=account_id,
            position=position,
            handle=handle,
            title=full_name,
            followers_count=_followers(read),
        )
    listed = {
        **asked.base(),
        "account_id": account_id,
        "handle": handle,
        "full_name": full_name,
        "profile_pic_url": read.text("profile_pic_url", "profile_pic_url", "profilePicUrl"),
        "is_private": read.flag("is_private", "is_private", "isPrivate"),
        "is_verified": read.flag("is_verified", "is_verified", "isVerified"),
    }
    if kind == PayloadKind.FOLLOWERS:
        return Follower(**listed, profile_id=subject)
    if kind == PayloadKind.FOLLOWING:
        return Following(**listed, profile_id=subject)
    if kind == PayloadKind.LIKERS:
        return Liker(**listed, post_id=subject)
    return SimilarProfile(**listed, profile_id=subject, position=position)


def _followers(read: FieldReader) -> int | None:
    told = read.count("followers_count", "follower_count", "edge_followed_by.count", "followers_count")
    if told is not None:
        return told
    words = FieldReader(read.record, []).text("", "search_social_context", "social_context", "byline")
    found = _IN_WORDS.fullmatch(words) if words else None
    try:
        return to_count(found[1]) if found else None
    except ValueError:
        return None
