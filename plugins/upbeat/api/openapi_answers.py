"""What every operation of the description answers beside its own: problems as RFC 9457, and the headers that each answer carries."""

from __future__ import annotations

from typing import Any

from upbeat.api.problems import MEDIA_TYPE

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457. `detail` is one line that names the input, the problem and the way out.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:upbeat:problem:invalid-request"]},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "description": "Of an invalid request: each place and its problem.",
            "items": {
                "type": "object",
                "required": ["at", "problem"],
                "properties": {"at": {"type": "string"}, "problem": {"type": "string"}},
            },
        },
    },
}
HEADERS: dict[str, dict[str, Any]] = {
    "X-Request-ID": {
        "required": True,
        "description": "The request's own, or a new one: it stands in the log and in the audit log.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
        "example": "order-4711-1",
    },
    "RateLimit-Policy": {
        "required": True,
        "description": "The key's rate: `q` requests in `w` seconds (draft-ietf-httpapi-ratelimit-headers).",
        "schema": {"type": "string", "pattern": '^"key";q=[0-9]+;w=[0-9]+$'},
        "example": '"key";q=600;w=60',
    },
    "RateLimit": {
        "required": True,
        "description": "`r`: requests left; `t`: seconds until there is one again, where there is none.",
        "schema": {"type": "string", "pattern": '^"key";r=[0-9]+(;t=[0-9]+)?$'},
        "example": '"key";r=599',
    },
    "Retry-After": {
        "description": "Seconds after which the request may pass; left out where nobody knows.",
        "schema": {"type": "integer", "minimum": 1},
        "example": 3,
    },
    "Idempotency-Replayed": {
        "description": "`true`: the request was done before, and this is what was answered then.",
        "schema": {"type": "string", "const": "true"},
        "example": "true",
    },
    "Connection": {
        "description": "`close`: the request was not read to its end.",
        "schema": {"type": "string"},
        "example": "close",
    },
    "WWW-Authenticate": {
        "required": True,
        "description": "Where the key is to be sent.",
        "schema": {"type": "string"},
        "example": "X-API-Key",
    },
}
_RATES = ("RateLimit-Policy", "RateLimit")
# status: title, detail of the example, headers
_PROBLEMS: dict[int, tuple[str, str, tuple[str, ...]]] = {
    400: ("Request refused", "There was an error parsing the body", ()),
    401: (
        "Not authenticated",
        "send an API key in the header X-API-Key; `upbeat api-keys create` makes one",
        ("WWW-Authenticate",),
    ),
    403: ("Scope missing", "the key q1w2e3r4t5y6 lacks the scope `read`", _RATES),
    404: ("Not found", "there is no such profile", ()),
    408: ("Body too slow", "the body did not arrive within 10 s: send it at once", ("Connection",)),
    409: (
        "Idempotency key reused",
        "Idempotency-Key 'k': another request has it: send a new key with a new request",
        ("Retry-After",),
    ),
    410: ("Expired", "natgeo: not run before it expired at 2026-11-20T09:40:00+00: ask again", ()),
    412: ("Changed meanwhile", "a newer change of the campaign came: read it again", ()),
    413: (
        "Body too large",
        "a body may have 1,048,576 bytes: send it in smaller parts",
        ("Connection",),
    ),
    422: ("Invalid request", "query.limits: there is no such parameter: did you mean limit?", ()),
    428: ("Precondition required", "If-Match is missing: send the ETag that was read, or *", ()),
    429: (
        "Rate limited",
        "the key q1w2e3r4t5y6 may make 600/60s requests: ask again in 3 s",
        ("Retry-After", *_RATES),
    ),
    502: ("Sources failed", "instagram natgeo: every source failed", ("Retry-After",)),
    503: ("Store unavailable", "Postgres does not answer", ("Retry-After",)),
}


def add_answers(components: dict[str, Any]) -> None:
    """Put what operations refer to into the document."""
    components["schemas"]["Problem"] = PROBLEM_SCHEMA
    components["headers"] = HEADERS
    components["responses"] = {str(status): problem(status) for status in _PROBLEMS}


def problem(status: int) -> dict[str, Any]:
    """The answer of this status, as OpenAPI describes it."""
    title, detail, headers = _PROBLEMS[status]
    kind = f"urn:upbeat:problem:{title.lower().replace(' ', '-')}"
    example = {"type": kind, "title": title, "status": status, "detail": detail}
    return {
        "description": title,
        "headers": references("X-Request-ID", *headers),
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example}},
    }


def complete_answers(responses: dict[str, Any], also: set[int], *, keyed: bool, repeatable: bool) -> None:
    """Tell the headers of an operation's own answers, and its problems.

    Args:
        also: statuses of problems that its route does not tell itself.
        keyed: it asks for a key, whose rate each answer tells.
        repeatable: it takes an `Idempotency-Key`.
    """
    for status, answer in responses.items():
        if int(status) < 400:
            names = ("X-Request-ID", *(_RATES if keyed else ()))
            names += ("Idempotency-Replayed",) if repeatable else ()
            answer["headers"] = answer.get("headers", {}) | references(*names)
        elif "content" not in answer:
            responses[status] = problem(int(status)) | {"description": answer["description"]}
    for number in sorted(also):
        responses.setdefault(str(number), {"$ref": f"#/components/responses/{number}"})


def references(*names: str) -> dict[str, dict[str, str]]:
    """Headers that the document has once."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
