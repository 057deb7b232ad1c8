"""Facebook's Graph API: business discovery, hashtags, token debugging, and what connected accounts are told, as `graphapi`.

Every token belongs to one account of the world (`creators.CONNECTED`); what only an owner is told is refused to the others, as a
node that does not exist. Shapes: recorded answers of the Graph API and its reference; the `graph_…` modules beside this one say which.
A private account, a personal one and one that does not exist are all "cannot be found" here: code 110, subcode 2207013.
"""

from __future__ import annotations

import time
from typing import Any

import orjson

from upbeat.sandbox.creators import CONNECTED
from upbeat.sandbox.credential_states import CredentialStates
from upbeat.sandbox.graph_connected import Asked, own_media, own_user, own_user_edge, parsed_fields
from upbeat.sandbox.graph_errors import GraphError, missing_node
from upbeat.sandbox.graph_hashtags import HashtagSearches, find_hashtag, hashtag, search_hashtag
from upbeat.sandbox.limits import Limit, Usage
from upbeat.sandbox.posts import DAY
from upbeat.sandbox.upstream import Answer, Headers, Request, ShippedCredential, Upstream, json_answer
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


def own_user_id(token: str) -> str:
    """The Instagram user that a sandbox token belongs to: 17841400000000001 for the first, and so on."""
    return list(CONNECTED)[TOKENS.index(token)]


def _is_debug(request: Request) -> bool:
    return request.path.endswith("/debug_token")


class GraphApi(Upstream):
    """`GET /{version}/{node}?fields=…`, `GET /{version}/{node}/{edge}`, `ig_hashtag_search` and `debug_token`."""

    name = "graphapi"
    host = "graph.facebook.com"
    limit = Limit(200, 3600)
    credentials = TOKENS
    secret_parameters = frozenset({"access_token"})

    def __init__(self) -> None:
        self._searches = HashtagSearches()

    def shipped(self, credential: str) -> ShippedCredential:
        """A token with the id and the handle of the account that it belongs to."""
        own_id = own_user_id(credential)
        return ShippedCredential(self.name, {"token": credential, "user_id": own_id}, CONNECTED[own_id])

    def credential(self, request: Request) -> str:
        """The access token; a call to `debug_token` may bear the app's own."""
        bearer = request.headers.get(b"authorization", b"").decode("latin-1").removeprefix("Bearer ")
        token = request.query.get("access_token") or bearer
        return TOKENS[0] if token == APP_TOKEN and _is_debug(request) else token

    def subject(self, request: Request, world: World) -> str:
        """The handle in `business_discovery.username(…)`, else that of the account whose token it is."""
        try:
            fields = parsed_fields(request.query.get("fields", ""))
        except GraphError:
            return ""
        asked = (f.arguments["username"].lower() for f in fields if "username" in f.arguments)
        token = self.credential(request)
        return next(asked, CONNECTED[own_user_id(token)] if token in TOKENS else "")

    def answer(self, request: Request, world: World) -> Answer:
        """A node or an edge, as far as the token's account is told of it."""
        try:
            version, *path = request.path.strip("/").split("/")
            if not version.startswith("v") or not 1 <= len(path) <= 2:
                raise GraphError(f"Unknown path components: /{request.path.strip('/')}", code=2500)
            return json_answer(self._told(version, path, request, world))
        except GraphError as error:
            return error.answer()

    def _told(self, version: str, path: list[str], request: Request, world: World) -> dict[str, Any]:
        token = self.credential(request)
        node, edge = path[0], path[1] if len(path) > 1 else ""
        owner = world.creator(CONNECTED[own_user_id(token)])
        if owner is None:
            raise missing_node(node)
        asked = Asked(version, {**request.query, "access_token": token}, world, owner)
        if node == "ig_hashtag_search" and not edge:
            return search_hashtag(asked, self._searches)
        if node == owner.graph_id:
            return own_user_edge(asked, edge) if edge else own_user(asked)
        name = find_hashtag(asked, node)
        return own_media(asked, node, edge) if name is None else hashtag(asked, name, edge)

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
