"""Facebook's Graph API: business discovery and token debugging, as `graphapi`.

Shapes: recorded answers of the Graph API (business discovery with media pages and cursors, `debug_token`, errors) and its
reference (IG User, IG Media, Business Discovery). `ig_id` of a user or media is the id that all other sources know; `id`
is the Graph API's own. Fields without a value are left out, as Graph does. A private account, a personal one and one that
does not exist are all "cannot be found" here: code 110, subcode 2207013.
"""

from __future__ import annotations

import base64
import binascii
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from upbeat.records import PostType
from upbeat.sandbox.creators import Creator, digest
from upbeat.sandbox.credential_states import CredentialStates
from upbeat.sandbox.graph_fields import Field, FieldSyntaxError, parse_fields
from upbeat.sandbox.limits import Limit, Usage
from upbeat.sandbox.posts import DAY, SandboxPost
from upbeat.sandbox.upstream import Answer, Headers, Request, Upstream, json_answer
from upbeat.sandbox.world import World

TOKENS = ("sandbox-graph-token-1", "sandbox-graph-token-2", "sandbox-graph-token-3")
APP_TOKEN = "sandbox-app|sandbox-app-secret"  # noqa: S105 - made up, opens nothing
SCOPES = (
    "instagram_basic",
    "instagram_manage_insights",
    "pages_read_engagement",
    "pages_show_list",
    "public_profile",
)
DEFAULT_PAGE = 25
MAX_PAGE = 100

_MEDIA_TYPES = {
    PostType.IMAGE: "IMAGE",
    PostType.VIDEO: "VIDEO",
    PostType.REEL: "VIDEO",
    PostType.CAROUSEL: "CAROUSEL_ALBUM",
}


def own_user_id(token: str) -> str:
    """The Instagram user that a sandbox token belongs to: 17841400000000001 for the first, and so on."""
    return str(17_841_400_000_000_001 + TOKENS.index(token))


class GraphError(Exception):
    """An answer in Graph's error envelope."""

    def __init__(self, message: str, *, code: int, status: int = 400, **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": "OAuthException", "code": code, **more}

    def answer(self, headers: Headers = ()) -> Answer:
        """The answer to send."""
        trace = base64.b64encode(digest(str(self)).to_bytes(8, "big")).decode().rstrip("=")
        return json_answer({"error": {**self.error, "fbtrace_id": f"A{trace}"}}, self.status, headers)


def _timestamp(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")


USER_FIELDS: dict[str, Callable[[Creator], Any]] = {
    "id": lambda c: c.graph_id,
    "ig_id": lambda c: c.pk,
    "username": lambda c: c.handle,
    "name": lambda c: c.full_name,
    "biography": lambda c: c.biography,
    "website": lambda c: c.external_url,
    "profile_picture_url": lambda c: f"https://cdn.sandbox.invalid/profile/{c.pk}.jpg",
    "followers_count": lambda c: c.followers,
    "follows_count": lambda c: c.following,
    "media_count": lambda c: c.media_count,
}
MEDIA_FIELDS: dict[str, Callable[[Creator, SandboxPost], Any]] = {
    "id": lambda c, p: p.graph_id,
    "ig_id": lambda c, p: str(p.pk),
    "caption": lambda c, p: p.caption,
    "comments_count": lambda c, p: p.comments,
    "like_count": lambda c, p: p.likes,
    "media_type": lambda c, p: _MEDIA_TYPES[p.post_type],
    "media_product_type": lambda c, p: "REELS" if p.post_type is PostType.REEL else "FEED",
    "media_url": lambda c, p: p.picture_url if p.plays is None else p.video_url,
    "thumbnail_url": lambda c, p: p.picture_url if p.plays is not None else None,
    "permalink": lambda c, p: p.permalink,
    "shortcode": lambda c, p: p.code,
    "timestamp": lambda c, p: _timestamp(p.published_at),
    "username": lambda c, p: c.handle,
}
CHILD_FIELDS = ("id", "media_type", "media_url", "permalink", "shortcode", "timestamp")


def _missing_field(name: str, node: str) -> GraphError:
    return GraphError(f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})", code=100)


def _render_media(creator: Creator, post: SandboxPost, fields: Sequence[Field]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for field in fields:
        if field.name == "children":
            if post.post_type is PostType.CAROUSEL:
                body["children"] = {"data": [_render_child(creator, post, n, field.fields) for n in range(3)]}
        elif field.name not in MEDIA_FIELDS:
            raise _missing_field(field.name, "InstagramMedia")
        elif (value := MEDIA_FIELDS[field.name](creator, post)) not in (None, ""):
            body[field.name] = value
    return body | {"id": post.graph_id}


def _render_child(
    creator: Creator, post: SandboxPost, number: int, fields: Sequence[Field]
) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for field in fields:
        if field.name not in CHILD_FIELDS:
            raise _missing_field(field.name, "InstagramMedia")
        body[field.name] = "IMAGE" if field.name == "media_type" else MEDIA_FIELDS[field.name](creator, post)
    return body | {"id": str(int(post.graph_id) + 1 + number)}


def encode_cursor(post: SandboxPost) -> str:
    """The opaque cursor that stands at a post."""
    return base64.urlsafe_b64encode(f"media:{post.pk}".encode()).decode()


def _position(posts: Sequence[SandboxPost], cursor: str) -> int:
    """Where in `posts` the cursor stands."""
    try:
        pk = base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("media:")
    except (binascii.Error, ValueError):
        pk = ""
    for at, post in enumerate(posts):
        if str(post.pk) == pk:
            return at
    raise GraphError("(#100) Invalid cursors values", code=100)


def _page_limits(posts: Sequence[SandboxPost], arguments: Any) -> tuple[int, int]:
    """First and last + 1 of the page that the arguments ask for."""
    text = arguments.get("limit", str(DEFAULT_PAGE))
    if not (text.isascii() and text.isdigit()) or int(text) < 1:
        raise GraphError(f"(#100) Param limit must be an integer of 1 or more: {text[:40]}", code=100)
    limit = min(int(text), MAX_PAGE)
    if "before" in arguments:
        end = _position(posts, arguments["before"])
        return max(0, end - limit), end
    start = _position(posts, arguments["after"]) + 1 if "after" in arguments else 0
    return start, min(start + limit, len(posts))


def _render_media_edge(creator: Creator, posts: Sequence[SandboxPost], field: Field) -> dict[str, Any]:
    start, end = _page_limits(posts, field.arguments)
    edge: dict[str, Any] = {"data": [_render_media(creator, p, field.fields) for p in posts[start:end]]}
    cursors = {}
    if start > 0 and end > start:
        cursors["before"] = encode_cursor(posts[start])
    if start < end < len(posts):
        cursors["after"] = encode_cursor(posts[end - 1])
    if cursors:
        edge["paging"] = {"cursors": cursors}
    return edge


def render_user(creator: Creator, posts: Sequence[SandboxPost], fields: Sequence[Field]) -> dict[str, Any]:
    """The value of `business_discovery`: the fields asked for, and always `id`."""
    body: dict[str, Any] = {}
    for field in fields:
        if field.name == "media":
            body["media"] = _render_media_edge(creator, posts, field)
        elif field.name not in USER_FIELDS:
            raise _missing_field(field.name, "ShadowIGUser")
        elif (value := USER_FIELDS[field.name](creator)) not in (None, ""):
            body[field.name] = value
    return body | {"id": creator.graph_id}


def _discovered(field: Field, world: World) -> dict[str, Any]:
    handle = field.arguments.get("username", "").strip().lower()
    if not handle:
        raise GraphError("(#100) The parameter username is required", code=100)
    creator = world.creator(handle)
    if creator is None or creator.is_private or not creator.is_professional:
        raise GraphError(
            "Invalid user id",
            code=110,
            error_subcode=2207013,
            is_transient=False,
            error_user_title="Cannot find User",
            error_user_msg=f"The user with username: {handle} cannot be found.",
        )
    return render_user(creator, world.posts(creator), field.fields)


def _parsed(expression: str) -> tuple[Field, ...]:
    try:
        return parse_fields(expression) if expression else ()
    except FieldSyntaxError as error:
        message = f'Syntax error "Expected {error.expected}." at character {error.at}: {expression[:200]}'
        raise GraphError(message, code=2500) from error


def _is_debug(request: Request) -> bool:
    return request.path.endswith("/debug_token")


class GraphApi(Upstream):
    """`GET /{version}/{own user id}?fields=…` and `GET /{version}/debug_token`."""

    name = "graphapi"
    host = "graph.facebook.com"
    limit = Limit(200, 3600)
    credentials = TOKENS
    secret_parameters = frozenset({"access_token"})

    def credential(self, request: Request) -> str:
        """The access token; a call to `debug_token` may bear the app's own."""
        bearer = request.headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
        token = request.query.get("access_token") or bearer
        return TOKENS[0] if token == APP_TOKEN and _is_debug(request) else token

    def subject(self, request: Request, world: World) -> str:
        """The handle in `business_discovery.username(…)`."""
        try:
            fields = _parsed(request.query.get("fields", ""))
        except GraphError:
            return ""
        return next((f.arguments["username"].lower() for f in fields if "username" in f.arguments), "")

    def answer(self, request: Request, world: World) -> Answer:
        """A user of our own, with what it discovers of another."""
        try:
            version, _, node = request.path.strip("/").rpartition("/")
            if not version.startswith("v") or "/" in version:
                raise GraphError(f"Unknown path components: /{request.path.strip('/')}", code=2500)
            return json_answer(self._user(node, request, world))
        except GraphError as error:
            return error.answer()

    def _user(self, node: str, request: Request, world: World) -> dict[str, Any]:
        if node != own_user_id(self.credential(request)):
            raise GraphError(
                f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due to "
                "missing permissions, or does not support this operation. Please read the Graph API "
                "documentation at https://developers.facebook.com/docs/graph-api",
                code=100,
                type="GraphMethodException",
                error_subcode=33,
            )
        body: dict[str, Any] = {}
        for field in _parsed(request.query.get("fields", "")):
            if field.name == "business_discovery":
                body["business_discovery"] = _discovered(field, world)
            elif field.name != "id":
                raise _missing_field(field.name, "IGUser")
        return body | {"id": node}

    def inspect(self, request: Request, states: CredentialStates) -> Answer | None:
        """`debug_token`: what there is to know of `input_token`."""
        if not _is_debug(request):
            return None
        token = request.query.get("input_token", "")
        state = states.state(self.name, token)
        if state == "unknown":
            error = {"code": 190, "message": "Invalid OAuth access token data."}
            return json_answer({"data": {"error": error, "is_valid": False, "scopes": []}})
        today = int(time.time() // DAY) * DAY
        scopes = [s for s in SCOPES if state != "missing_scope" or s != "instagram_manage_insights"]
        data = {
            "app_id": "100000000000001",
            "type": "USER",
            "application": "sandbox",
            "data_access_expires_at": today + (-DAY if state == "data_access_expired" else 60 * DAY),
            "expires_at": today + (-DAY if state == "expired" else 60 * DAY),
            "is_valid": state not in ("expired", "revoked"),
            "scopes": scopes,
            "granular_scopes": [{"scope": scope} for scope in scopes],
            "user_id": own_user_id(token),
        }
        return json_answer({"data": data})

    def refused(self, request: Request, state: str) -> Answer:
        """Code 104 without a token, code 190 for a bad, expired or revoked one; all with status 400."""
        if state == "missing":
            return GraphError("An access token is required to request this resource.", code=104).answer()
        if state == "expired":
            message = "Error validating access token: Session has expired."
            return GraphError(message, code=190, error_subcode=463).answer()
        if state == "revoked":
            message = (
                "Error validating access token: The session has been invalidated because the user changed their "
                "password or Facebook has changed the session for security reasons."
            )
            return GraphError(message, code=190, error_subcode=460).answer()
        return GraphError("Invalid OAuth access token - Cannot parse access token", code=190).answer()

    def throttled(self, usage: Usage) -> Answer:
        """Code 4, status 403: the app's limit is reached. The usage headers tell when it ends."""
        error = GraphError("(#4) Application request limit reached", code=4, status=403, is_transient=True)
        return error.answer(self.usage_headers(usage))

    def failed(self) -> Answer:
        """Code 2, status 500: a fault of theirs."""
        message = "An unexpected error has occurred. Please retry your request later."
        return GraphError(message, code=2, status=500, is_transient=True).answer()

    def usage_headers(self, usage: Usage) -> Headers:
        """`X-App-Usage` and `X-Business-Use-Case-Usage`: per cent used; minutes until access is regained."""
        shares = {
            "call_count": usage.percent,
            "total_cputime": usage.percent // 4,
            "total_time": usage.percent // 4,
        }
        wait = 0 if usage.remaining else max(1, round(usage.reset_after / 60))
        case = {"type": "instagram", **shares, "estimated_time_to_regain_access": wait}
        return (
            (b"x-app-usage", orjson.dumps(shares)),
            (b"x-business-use-case-usage", orjson.dumps({"100000000000001": [case]})),
        )


UPSTREAM = GraphApi()
