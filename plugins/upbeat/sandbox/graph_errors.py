"""The Graph API's errors, as the sandbox tells them. Envelope and texts: recorded and quoted bodies, the reference."""

from __future__ import annotations

import base64
from typing import Any

from upbeat.sandbox.creators import digest
from upbeat.sandbox.upstream import Answer, Headers, json_answer


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


def missing_field(name: str, node: str) -> GraphError:
    """A field that a kind of node does not have."""
    return GraphError(f"(#100) Tried accessing nonexisting field ({name}) on node type ({node})", code=100)


def missing_node(node: str) -> GraphError:
    """A node that does not exist, or that is another account's."""
    return GraphError(
        f"Unsupported get request. Object with ID '{node}' does not exist, cannot be loaded due to "
        "missing permissions, or does not support this operation. Please read the Graph API "
        "documentation at https://developers.facebook.com/docs/graph-api",
        code=100,
        type="GraphMethodException",
        error_subcode=33,
    )


def unknown_account(handle: str) -> GraphError:
    """What business discovery says of accounts that are private, personal, or do not exist."""
    return GraphError(
        "Invalid user id",
        code=110,
        error_subcode=2207013,
        is_transient=False,
        error_user_title="Cannot find User",
        error_user_msg=f"The user with username: {handle} cannot be found.",
    )


def unknown_hashtag(name: str) -> GraphError:
    """A hashtag that nobody uses."""
    return GraphError(
        "The requested resource does not exist",
        code=24,
        error_subcode=2207024,
        is_transient=False,
        error_user_title="Invalid Hashtag",
        error_user_msg=f"The hashtag you entered is invalid or does not exist: {name}",
    )


def too_many_hashtags() -> GraphError:
    """The thirty-first hashtag of a week."""
    return GraphError(
        "(#18) This user has queried the maximum number of unique hashtags for the past 7 days",
        code=18,
        error_subcode=2207034,
        is_transient=False,
        error_user_title="Too many hashtags",
        error_user_msg="You can query 30 unique hashtags in a rolling 7 day period.",
    )
