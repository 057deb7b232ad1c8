"""The one world that all stand-ins tell of: creators, their posts, and what was changed by hand. `youtube` is its YouTube part."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from upbeat.errors import InputError
from upbeat.records import PostType
from upbeat.sandbox.creators import TABLE, Creator, made_up_creator, read_creators
from upbeat.sandbox.post_index import PER_CREATOR, PostIndex
from upbeat.sandbox.posts import (
    DAY,
    SandboxPost,
    decode_shortcode,
    encode_shortcode,
    make_posts,
    posts_since_table,
    shard_in,
    shard_of,
)
from upbeat.sandbox.special_accounts import make_test_accounts
from upbeat.sandbox.state import load_state, save_state
from upbeat.sandbox.youtube_channels import Channel
from upbeat.sandbox.youtube_world import YouTubeWorld, check_channel_change, make_channels

CHANGEABLE: dict[str, type] = {
    "followers": int,
    "following": int,
    "media_count": int,
    "avg_engagement": int,
    "full_name": str,
    "biography": str,
    "category": str,
    "external_url": str,
    "is_private": bool,
    "is_verified": bool,
    "is_business": bool,
    "is_professional": bool,
    "is_gone": bool,
}
"""What `World.change` takes, with its type. `is_gone` hides the account as if it had been deleted."""

SETTINGS: dict[str, tuple[str, ...]] = {
    "igdata_shape": ("web", "private", "flat"),
    "media_epoch": ("0", "1", "2", "3"),
    "media_case": (
        "picture", "redirected", "redirect_loop", "redirect_to_metadata", "redirect_to_loopback", "redirect_to_file",
        "expired", "gone", "page", "svg", "empty", "large", "endless", "slow_drip", "bomb", "compressed", "brotli",
    ),
}  # fmt: skip
"""What `World.set_setting` takes; the first value is the default."""


class World:
    """Creators by handle. `revision` changes whenever any answer could: caches are kept per revision."""

    def __init__(
        self, state_file: Path | None = None, *, table: Path = TABLE, clock: Callable[[], float] = time.time
    ) -> None:
        self._clock = clock
        self._state_file = state_file
        self._state = load_state(state_file)
        self._base = {**read_creators(table), **make_test_accounts()}
        self._channels = make_channels()
        self._youtube_shown = (0, "")
        for handle in self._state.made_up:
            self._base[handle] = made_up_creator(handle)
        self._changes = 0
        self._day = 0
        self._creators: dict[str, Creator] = {}
        self._posts: dict[str, tuple[SandboxPost, ...]] = {}
        self._index: PostIndex | None = None
        self._settings = {
            name: self._state.settings.get(name, values[0]) for name, values in SETTINGS.items()
        }
        self._rebuild()

    def _rebuild(self) -> None:
        """Apply the changes to the base and forget what was derived from it."""
        self._day = int(self._clock() // DAY)
        self._posts = {}
        self._index = None
        self._creators = {}
        for handle, base in self._base.items():
            change = dict(self._state.changes.get(handle, {}))
            if change.pop("is_gone", False):
                continue
            counted = {"media_count": base.media_count + posts_since_table(base, self.today)}
            self._creators[handle] = replace(base, **{**counted, **change})
        shown = (self._day, repr(self._state.channel_changes))
        if shown != self._youtube_shown:  # making all videos anew takes a quarter of a second
            self.youtube = YouTubeWorld(self._channels, self._state.channel_changes, self.today)
            self._youtube_shown = shown
        self._by_pk = {str(c.pk): c for c in self._creators.values()}
        self._by_shard: dict[int, list[str]] = defaultdict(list)
        for handle in self._creators:
            self._by_shard[shard_of(handle)].append(handle)

    @property
    def revision(self) -> tuple[int, int]:
        """Day and number of changes; turning the day brings new posts."""
        if int(self._clock() // DAY) != self._day:
            self._rebuild()
        return self._day, self._changes

    @property
    def today(self) -> int:
        """The start of the current UTC day, Unix seconds."""
        return self._day * DAY

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings in force."""
        return self._settings

    def creator(self, handle: str) -> Creator | None:
        """The account of a handle, whatever the case of its letters; None when there is none."""
        return self._creators.get(handle.lower())

    def creator_by_pk(self, pk: str) -> Creator | None:
        """The account of an Instagram user id; None when there is none."""
        return self._by_pk.get(pk)

    def creators(self) -> list[Creator]:
        """The accounts of the table, largest first there, then those made up since; without those for tests."""
        return [c for c in self._creators.values() if not c.is_test_account]

    def test_accounts(self) -> list[Creator]:
        """The accounts that each show one case."""
        return [c for c in self._creators.values() if c.is_test_account]

    @property
    def index(self) -> PostIndex:
        """The newest posts of all accounts by hashtag, place and tagged account; made when first asked for."""
        if self._index is None:
            accounts = self.creators()
            self._index = PostIndex((c, post) for c in accounts for post in self.posts(c)[:PER_CREATOR])
        return self._index

    def posts(self, creator: Creator) -> tuple[SandboxPost, ...]:
        """The newest posts of an account, newest first; none of a private one."""
        if creator.is_private:
            return ()
        found = self._posts.get(creator.handle)
        if found is None:
            found = self._posts[creator.handle] = make_posts(creator, self.today)
        return found

    def reels(self, creator: Creator) -> list[SandboxPost]:
        """The reels among the newest posts."""
        return [post for post in self.posts(creator) if post.post_type is PostType.REEL]

    def post(self, code: str) -> tuple[Creator, SandboxPost] | None:
        """A post and its owner by shortcode; None when there is none, or the owner is private."""
        try:
            shard = shard_in(decode_shortcode(code))
        except ValueError:
            return None
        for handle in self._by_shard.get(shard, ()):
            creator = self._creators[handle]
            for post in self.posts(creator):
                if post.code == code:
                    return creator, post
        return None

    def post_by_pk(self, pk: str) -> tuple[Creator, SandboxPost] | None:
        """A post and its owner by the id that its shortcode encodes."""
        return self.post(encode_shortcode(int(pk))) if pk.isascii() and pk.isdigit() else None

    def change(self, handle: str, fields: Mapping[str, Any], *, create: bool = False) -> Creator | None:
        """Change facts of an account and keep the change; the account afterwards, None when it is gone.

        Raises `InputError` for an unknown handle (unless `create`), an unknown field or a wrong type.
        """
        handle = handle.lower()
        for name, value in fields.items():
            _check_change(name, value)
        if handle not in self._base:
            if not create:
                raise InputError(
                    f"{handle}: no such account in the sandbox: `upbeat sandbox creators` lists them; create=true makes one up"
                )
            self._base[handle] = made_up_creator(handle)
            self._state.made_up.append(handle)
        self._state.changes.setdefault(handle, {}).update(fields)
        self._keep()
        return self.creator(handle)

    def change_channel(self, handle: str, fields: Mapping[str, Any]) -> Channel | None:
        """Change facts of a YouTube channel and keep the change; the channel afterwards, None when it is gone.

        Raises `InputError` for an unknown handle, an unknown field or a wrong type.
        """
        handle = handle.lower()
        check_channel_change(fields)
        if handle not in self._channels:
            raise InputError(f"{handle}: no such channel in the sandbox")
        self._state.channel_changes.setdefault(handle, {}).update(fields)
        self._keep()
        return self.youtube.channel(handle)

    def restore_channel(self, handle: str) -> None:
        """Undo the changes of one YouTube channel."""
        self._state.channel_changes.pop(handle.lower(), None)
        self._keep()

    def restore(self, handle: str | None = None) -> None:
        """Undo the changes of one account, or all of them and those of channels; made-up accounts go when all are undone."""
        if handle is not None:
            self._state.changes.pop(handle.lower(), None)
        else:
            self._state.changes.clear()
            self._state.channel_changes.clear()
            for made_up in self._state.made_up:
                del self._base[made_up]
            self._state.made_up.clear()
        self._keep()

    def set_setting(self, name: str, value: str) -> None:
        """Change a setting and keep it. Raises `InputError` for an unknown name or value."""
        if name not in SETTINGS or value not in SETTINGS[name]:
            known = "; ".join(f"{key}: {', '.join(values)}" for key, values in SETTINGS.items())
            raise InputError(f"{name}={value}: no such setting of the sandbox: there is {known}")
        self._settings[name] = self._state.settings[name] = value
        self._keep()

    def _keep(self) -> None:
        save_state(self._state_file, self._state)
        self._changes += 1
        self._rebuild()


def _check_change(name: str, value: Any) -> None:
    wanted = CHANGEABLE.get(name)
    if wanted is None:
        raise InputError(f"{name}: cannot be changed in the sandbox: there is {', '.join(CHANGEABLE)}")
    if type(value) is not wanted or (isinstance(value, int) and value < 0):
        raise InputError(f"{name}={value!r}: must be a {wanted.__name__}{' of 0 or more' * (wanted is int)}")
