"""The Graph API's shape of hashtags: what `ig_hashtag_search` finds, a hashtag alone, hashtags asked for by their ids. Pure.

Shapes: recorded, with `id` and `name`; the reference shows a search that tells the `id` alone. How many posts bear a hashtag is
not told. Ids are Instagram's, 17 digits; what else has an `id` and a `name` (pages, people) is no hashtag.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from upbeat.crawlers.fields import FieldReader, show
from upbeat.crawlers.instagram.graph_envelopes import SOURCE, as_object, find_items, malformed, require_some
from upbeat.errors import NotFoundError
from upbeat.records import Hashtag, Parsed, Platform

_ID = re.compile(r"17\d{15}")
_NAME = re.compile(r"\w{1,100}")


def _is_hashtag(node: Any) -> bool:
    return isinstance(node, dict) and {"id"} <= set(node) <= {"id", "name"}


def read_hashtags(document: Any, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The hashtags of the answer; the name is that of the request (`hashtag`) where the answer tells none.

    `identifiers["hashtag_id"]` is the id of the first one.

    Raises:
        MalformedBodyError: no hashtag in the body.
    """
    edge = find_items(document, _is_hashtag)
    if edge is None:
        raise malformed("no hashtag in the answer")
    parsed = Parsed()
    for number, item in enumerate(edge.items):
        read = FieldReader(as_object(item), parsed.problems, f"hashtags[{number}].")
        hashtag_id = read.identifier("hashtag_id", "id")
        name = read.text("name", "name") or params.get("hashtag", "")
        if not _is_hashtag(item) or _ID.fullmatch(hashtag_id or "") is None or not _NAME.fullmatch(name):
            read.note("hashtag_id", f"expected a hashtag with id and name, found {show(item)}")
            continue
        parsed.facts.append(
            Hashtag(
                platform=Platform.INSTAGRAM,
                source=SOURCE,
                observed_at=observed_at,
                name=name.lower(),
                hashtag_id=hashtag_id,
            )
        )
        parsed.identifiers.setdefault("hashtag_id", hashtag_id or "")
    require_some(parsed, edge, parsed.facts, "hashtags")
    return parsed


def read_hashtag_id(document: Any, observed_at: datetime, params: Mapping[str, str]) -> Parsed:
    """The id of the hashtag that was searched for, as a look-up on the way to its posts.

    Raises:
        NotFoundError: the search found nothing.
        MalformedBodyError: no hashtag in the body.
    """
    # An answer with the id alone is enough here, so it does not matter what the hashtag is called.
    found = read_hashtags(document, observed_at, {"hashtag": "_", **params})
    if "hashtag_id" not in found.identifiers:
        raise NotFoundError(f"no hashtag #{params.get('hashtag', '')}", source=SOURCE)
    return Parsed(identifiers=found.identifiers, problems=found.problems)
