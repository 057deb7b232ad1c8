"""The accounts for tests: each shows one case that a collector has to cope with."""

from __future__ import annotations

from dataclasses import replace

from upbeat.sandbox.creators import (
    DECORATED_HANDLE,
    NO_FOLLOWERS_HANDLE,
    NO_POSTS_HANDLE,
    PERSONAL_HANDLE,
    PRIVATE_HANDLE,
    Creator,
    made_up_creator,
)

CASES = {
    PRIVATE_HANDLE: "private: counts are shown, posts are not; the Graph API does not find it",
    PERSONAL_HANDLE: "not a professional account: the Graph API does not find it, the others do",
    NO_FOLLOWERS_HANDLE: "has posts and no followers",
    NO_POSTS_HANDLE: "has followers and no posts",
    DECORATED_HANDLE: "a name in decorated letters, emoji and two scripts",
}


def make_test_accounts() -> dict[str, Creator]:
    """The accounts of `CASES` by handle."""
    accounts = {handle: made_up_creator(handle, full_name="Sandbox account") for handle in CASES}
    variations: dict[str, dict[str, object]] = {
        PRIVATE_HANDLE: {"is_private": True, "is_business": False, "is_professional": False},
        PERSONAL_HANDLE: {"is_business": False, "is_professional": False, "is_verified": False},
        NO_FOLLOWERS_HANDLE: {"followers": 0, "is_verified": False, "is_business": True},
        NO_POSTS_HANDLE: {"has_posts": False, "media_count": 0, "is_business": True},
        DECORATED_HANDLE: {"full_name": "𝓢𝓪𝓷𝓭𝓫𝓸𝔁 Ⓓⓔⓒⓞ ✨ सैंडबॉक्स", "is_business": True},
    }
    return {
        handle: replace(account, is_test_account=True, **variations[handle])  # type: ignore[arg-type]
        for handle, account in accounts.items()
    }
