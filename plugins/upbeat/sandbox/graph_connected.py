"""What the Graph API tells an account of itself: its own node with its edges, its posts and stories, their comments and insights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from upbeat.sandbox.comments import SandboxComment, comments, comments_listed
from upbeat.sandbox.creators import Creator
from upbeat.sandbox.graph_edges import MAX_PAGE, edge
from upbeat.sandbox.graph_errors import GraphError, missing_field, missing_node, unknown_account
from upbeat.sandbox.graph_fields import Field, FieldSyntaxError, parse_fields
from upbeat.sandbox.graph_insights import post_insights, story_insights, user_insights
from upbeat.sandbox.graph_nodes import (
    DEFAULT_COMMENT_FIELDS,
    USER_FIELDS,
    render_comment,
    render_media,
    render_own_media,
    render_story,
    render_user,
)
from upbeat.sandbox.posts import SandboxPost
from upbeat.sandbox.stories import SandboxStory, stories_today
from upbeat.sandbox.world import World

HOST = "https://graph.facebook.com"
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a connected account. `query` holds its token."""

    version: str
    query: Mapping[str, str]
    world: World
    owner: Creator

    def address(self, node: str, name: str) -> str:
        """The address of an edge."""
        return f"{HOST}/{self.version}/{node}/{name}"

    def fields(self) -> tuple[Field, ...]:
        """The fields that are asked for."""
        return parsed_fields(self.query.get("fields", ""))

    def expanded(self, node: str, field: Field) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The arguments of an edge in a field expansion, and the query of the same edge asked for directly."""
        fields = {"fields": ",".join(part.name for part in field.fields)} if field.fields else {}
        token = {"access_token": self.query["access_token"]} if "access_token" in self.query else {}
        return field.arguments, {**token, **field.arguments, **fields}


def parsed_fields(expression: str) -> tuple[Field, ...]:
    """The fields of an expression. Raises `GraphError` for one that breaks the grammar."""
    try:
        return parse_fields(expression) if expression else ()
    except FieldSyntaxError as error:
        message = f'Syntax error "Expected {error.expected}." at character {error.at}: {expression[:200]}'
        raise GraphError(message, code=2500) from error


# --- the account itself -----------------------------------------------------------------------------
def own_user(asked: Asked) -> Body:
    """The account's own node: its fields and edges, whom it discovers, where it is mentioned."""
    owner = asked.owner
    body: Body = {}
    for field in asked.fields():
        if field.name == "business_discovery":
            body["business_discovery"] = _discovered(field, asked.world)
        elif field.name == "mentioned_media":
            body["mentioned_media"] = _mentioned(field, asked)
        elif field.name in _USER_EDGES:
            body[field.name] = _USER_EDGES[field.name](
                asked, *asked.expanded(owner.graph_id, field), field.fields
            )
        elif field.name not in USER_FIELDS:
            raise missing_field(field.name, "IGUser")
        elif (value := USER_FIELDS[field.name](owner)) not in (None, ""):
            body[field.name] = value
    return body | {"id": owner.graph_id}


def own_user_edge(asked: Asked, name: str) -> Body:
    """One edge of the account, asked for directly."""
    if name not in _USER_EDGES:
        raise GraphError(f"Unknown path components: /{name}", code=2500)
    return _USER_EDGES[name](asked, asked.query, asked.query, asked.fields())


def _discovered(field: Field, world: World) -> Body:
    handle = field.arguments.get("username", "").strip().lower()
    if not handle:
        raise GraphError("(#100) The parameter username is required", code=100)
    creator = world.creator(handle)
    if creator is None or creator.is_private or not creator.is_professional:
        raise unknown_account(handle)
    return render_user(creator, world.posts(creator), field.fields)


def _mentioned(field: Field, asked: Asked) -> Body:
    media_id = field.arguments.get("media_id", "")
    for creator, post in asked.world.index.tagging(asked.owner.handle):
        if post.graph_id == media_id:
            return render_media(creator, post, field.fields)
    raise missing_node(media_id)


def _media(
    asked: Asked, arguments: Mapping[str, str], query: Mapping[str, str], fields: Sequence[Field]
) -> Body:
    return edge(
        asked.world.posts(asked.owner),
        lambda post: str(post.pk),
        arguments,
        lambda post: render_own_media(asked.owner, post, fields),
        asked.address(asked.owner.graph_id, "media"),
        query,
    )


def _stories(
    asked: Asked, arguments: Mapping[str, str], query: Mapping[str, str], fields: Sequence[Field]
) -> Body:
    return edge(
        stories_today(asked.world, asked.owner),
        lambda story: str(story.pk),
        arguments,
        lambda story: render_story(asked.owner, story, fields),
        asked.address(asked.owner.graph_id, "stories"),
        query,
    )


def _tags(
    asked: Asked, arguments: Mapping[str, str], query: Mapping[str, str], fields: Sequence[Field]
) -> Body:
    return edge(
        asked.world.index.tagging(asked.owner.handle),
        lambda owned: str(owned[1].pk),
        arguments,
        lambda owned: render_media(*owned, fields),
        asked.address(asked.owner.graph_id, "tags"),
        query,
    )


def _insights(
    asked: Asked, arguments: Mapping[str, str], query: Mapping[str, str], _: Sequence[Field]
) -> Body:
    address = asked.address(asked.owner.graph_id, "insights")
    token = {name: value for name, value in query.items() if name == "access_token"}
    return user_insights(asked.owner, asked.world.today, asked.version, {**token, **arguments}, address)


_Edge = Callable[[Asked, Mapping[str, str], Mapping[str, str], Sequence[Field]], Body]
_USER_EDGES: dict[str, _Edge] = {"media": _media, "stories": _stories, "tags": _tags, "insights": _insights}


# --- its posts and stories --------------------------------------------------------------------------
def own_media(asked: Asked, node: str, name: str = "") -> Body:
    """A post or story of the account, or one edge of it. Raises `GraphError` for anybody else's."""
    post = next((p for p in asked.world.posts(asked.owner) if p.graph_id == node), None)
    story = next((s for s in stories_today(asked.world, asked.owner) if s.graph_id == node), None)
    if post is not None:
        return _post_edge(asked, post, name) if name else _post(asked, post)
    if story is None:
        raise missing_node(node)
    if name == "insights":
        return story_insights(asked.owner, story, asked.version, asked.query)
    if name:
        raise GraphError(f"Unknown path components: /{name}", code=2500)
    return _story(asked, story)


def _post(asked: Asked, post: SandboxPost) -> Body:
    fields = asked.fields()
    edges = {"insights", "comments"}
    body = render_own_media(asked.owner, post, [field for field in fields if field.name not in edges])
    for field in fields:
        if field.name == "insights":
            body["insights"] = post_insights(asked.owner, post, asked.version, field.arguments)
        elif field.name == "comments":
            body["comments"] = _comments(asked, post, *asked.expanded(post.graph_id, field), field.fields)
    return body


def _story(asked: Asked, story: SandboxStory) -> Body:
    fields = asked.fields()
    body = render_story(asked.owner, story, [field for field in fields if field.name != "insights"])
    for field in fields:
        if field.name == "insights":
            body["insights"] = story_insights(asked.owner, story, asked.version, field.arguments)
    return body


def _post_edge(asked: Asked, post: SandboxPost, name: str) -> Body:
    if name == "insights":
        return post_insights(asked.owner, post, asked.version, asked.query)
    if name == "comments":
        return _comments(asked, post, asked.query, asked.query, asked.fields())
    raise GraphError(f"Unknown path components: /{name}", code=2500)


def _comments(
    asked: Asked,
    post: SandboxPost,
    arguments: Mapping[str, str],
    query: Mapping[str, str],
    fields: Sequence[Field],
) -> Body:
    def render(comment: SandboxComment) -> Body:
        return render_comment(comment, fields or DEFAULT_COMMENT_FIELDS)

    listed = comments(post, 0, min(comments_listed(post), 10 * MAX_PAGE))
    return edge(
        listed,
        lambda comment: str(comment.pk),
        arguments,
        render,
        asked.address(post.graph_id, "comments"),
        query,
    )
