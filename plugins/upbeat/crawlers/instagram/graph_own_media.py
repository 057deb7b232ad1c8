"""The Graph API's own id of a post or story, by the lists of its owner's account. Pure.

Insights are asked for by Graph's own id, which is foreign to all other sources and cannot be computed; the lists `media` and
`stories` of a connected account tell it beside the id that all sources share (`ig_id`, or the permalink). Newest first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from upbeat.crawlers.fields import FieldReader
from upbeat.crawlers.instagram.graph_envelopes import as_object, find_edge, malformed, require_edge
from upbeat.crawlers.instagram.graph_media import media_id
from upbeat.crawlers.instagram.graph_stories import story_id
from upbeat.records import Parsed

_GRAPH_MEDIA = re.compile(r"1[78]\d{15}")
FIELDS = "id,ig_id,permalink"


def is_graph_media_id(identity: str) -> bool:
    """Whether this is Graph's id of a post or story: 17 digits from 17 or 18 on (`17918195224117851`).

    Ids that all sources share have 18 or 19 digits since May 2012.
    """
    return _GRAPH_MEDIA.fullmatch(identity) is not None


def read_node_id(document: Any, params: Mapping[str, str]) -> Parsed:
    """`identifiers["node_id"]` of the entry whose shared id is `params["shared_id"]`; none where the page has no such entry."""
    edge = find_edge(document)
    if edge is None:
        raise malformed("no list of posts or stories in the answer")
    require_edge(edge, "media", "stories")
    parsed = Parsed()
    for item in edge.items:
        read = FieldReader(as_object(item), [])
        if params["shared_id"] in (media_id(read)[0], story_id(read)):
            node_id = read.identifier("node_id", "id")
            if node_id is not None:
                parsed.identifiers["node_id"] = node_id
                return parsed
    parsed.next_cursor = edge.next_cursor(parsed)
    return parsed
