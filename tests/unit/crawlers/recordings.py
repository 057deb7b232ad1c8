"""Where the recorded bodies are that the parsers are tried on: (source, kind, path below `api/`, params)."""

from __future__ import annotations

from upbeat.records import PayloadKind

PROFILE, POSTS, POST = PayloadKind.PROFILE, PayloadKind.POSTS, PayloadKind.POST

RECORDINGS = (
    ("graphapi", PROFILE, "graph_api/instagram/apidata/discovery/user_fields.json"),
    ("graphapi", PROFILE, "graph_api/instagram/apidata/users/user_fields.json"),
    ("graphapi", POSTS, "graph_api/instagram/apidata/discovery/medias_p1.json"),
    ("graphapi", POSTS, "graph_api/instagram/apidata/discovery/medias_p2.json"),
    ("graphapi", POSTS, "graph_api/base/discovery_medias_p1.json"),
    ("lama", PROFILE, "hikerapi/v1_user_by_username.json"),
    ("lama", PROFILE, "hikerapi/v1_user_by_id.json"),
    ("lama", PROFILE, "hikerapi/v1_user_by_url.json"),
    ("lama", POSTS, "hikerapi/v1_user_medias_chunk.json"),
    ("lama", POSTS, "hikerapi/v1_user_clips_chunk.json"),
    ("lama", POSTS, "hikerapi/v1_user_medias_pinned.json"),
    ("lama", POST, "hikerapi/v1_media_by_code.json"),
    ("lama", POST, "hikerapi/v1_media_by_id.json"),
    ("rapidapi-igdata", PROFILE, "hikerapi/v2_user_by_username.json"),
    ("rapidapi-igdata", PROFILE, "hikerapi/v2_user_by_id.json"),
    ("rapidapi-igdata", POSTS, "hikerapi/v2_user_clips.json"),
    ("rapidapi-igdata", POST, "hikerapi/v2_media_info_by_code.json"),
)
PARAMS = {"handle": "asked_for", "profile_id": "42", "user_id": "42", "post_id": "43", "query": "asked for"}
