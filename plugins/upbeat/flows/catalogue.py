"""The flows: what is collected, with which parameters, from whom, how often, and where it is written.

Adding a flow is adding an entry. `live` flows can be enqueued; entries of parts that are still to come are listed only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pydantic import ValidationError

from upbeat.errors import InputError
from upbeat.flows.parameters import FlowParameters, HandleParameters, PostsParameters, ShortcodeParameters
from upbeat.records import PayloadKind, Platform
from upbeat.settings import LimitLevel, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """One kind of task.

    `method` is the crawler's, called with the parameters by name. `limit_levels=None` takes the setting for flows.
    `freshness` is how old a result may be before it is collected again, `deadline` how long one task may run.
    """

    platform: Platform
    name: str
    method: str
    kind: PayloadKind
    params_model: type[FlowParameters]
    chain: tuple[str, ...]
    writes: tuple[str, ...]
    processes: int = 1
    concurrency: int = 32
    limit_levels: tuple[LimitLevel, ...] | None = None
    priority: int = 1
    freshness: timedelta = timedelta(days=1)
    deadline: timedelta = timedelta(minutes=10)
    live: bool = True

    @property
    def key(self) -> str:
        """The flow's name with its platform: `instagram.profile_by_handle`."""
        return f"{self.platform.lower()}.{self.name}"

    def validate(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters, normalised and with their defaults.

        Raises:
            InputError: one line that names the parameter, what is wrong with it and what is expected.
        """
        try:
            return self.params_model.model_validate(dict(params)).model_dump()
        except ValidationError as error:
            raise InputError(f"{self.key}: {_first_problem(error)}") from error


def _first_problem(error: ValidationError) -> str:
    problem = error.errors(include_url=False, include_context=False)[0]
    name = ".".join(map(str, problem["loc"])) or "params"
    if problem["type"] == "missing":
        return f"the parameter {name!r} is missing"
    if problem["type"] == "extra_forbidden":
        return f"there is no parameter {name!r}"
    return f"{name}={str(problem['input'])[:60]!r}: {problem['msg']}"


_INSTAGRAM_CHAIN = ("graphapi", "rapidapi-igdata", "lama")
_PROFILE_TABLES = ("beat.instagram_account", "beat.profile_log")
_POST_TABLES = ("beat.instagram_post", "beat.post_log")

_CATALOGUE = (
    Flow(
        platform=Platform.INSTAGRAM,
        name="profile_by_handle",
        method="fetch_profile_by_handle",
        kind=PayloadKind.PROFILE,
        params_model=HandleParameters,
        chain=_INSTAGRAM_CHAIN,
        writes=_PROFILE_TABLES,
        concurrency=64,
    ),
    Flow(
        platform=Platform.INSTAGRAM,
        name="posts_by_handle",
        method="fetch_profile_posts_by_handle",
        kind=PayloadKind.POSTS,
        params_model=PostsParameters,
        chain=_INSTAGRAM_CHAIN,
        writes=_POST_TABLES,
        freshness=timedelta(hours=6),
    ),
    Flow(
        platform=Platform.INSTAGRAM,
        name="post_by_shortcode",
        method="fetch_post_by_shortcode",
        kind=PayloadKind.POST,
        params_model=ShortcodeParameters,
        # The Graph API finds posts through their account only.
        chain=("rapidapi-igdata", "lama"),
        writes=_POST_TABLES,
        freshness=timedelta(hours=6),
    ),
)

FLOWS: dict[str, Flow] = {flow.key: flow for flow in _CATALOGUE}


def flow_named(key: str) -> Flow:
    """The flow of this name (`instagram.profile_by_handle`). Raises `InputError` that lists the flows there are."""
    if key not in FLOWS:
        raise InputError(f"flow={key}: there is no such flow: use one of {', '.join(FLOWS)}")
    return FLOWS[key]


def chain_of(flow: Flow, settings: Settings) -> tuple[str, ...]:
    """The sources to ask, in order: the setting `source_chains`, else the catalogue's."""
    return tuple(settings.source_chains.get(flow.key, flow.chain))
