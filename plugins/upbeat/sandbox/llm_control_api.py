"""The part of the control API that is about the language model: its behaviour, its truth, what it was paid for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from upbeat.errors import InputError
from upbeat.sandbox.control_body import read_body
from upbeat.sandbox.llm_behaviour import read_rules
from upbeat.sandbox.llm_model import COUNTED_BY
from upbeat.sandbox.llm_truth import truth_of

if TYPE_CHECKING:
    from upbeat.sandbox.app import Sandbox


class LlmControlApi:
    """The handlers, each for one path and method."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._model = sandbox.llm

    async def show(self, request: Request) -> Response:
        """The behaviour, the prompts that were seen (fingerprint → beginning of the system message), completions served."""
        counts = self._model.counts.listed()
        return JSONResponse(
            {
                "behaviour": self._model.behaviour.shown(),
                "prompts": self._model.prompts,
                "completions": counts["total"],
                "tokens": counts["tokens"],
            }
        )

    async def change(self, request: Request) -> Response:
        """Set what the body names; the rest stays."""
        self._model.behaviour = self._model.behaviour.changed(await read_body(request))
        return await self.show(request)

    async def reset(self, request: Request) -> Response:
        """Behaviour, budgets, counts, files and batches as at the start."""
        self._sandbox.reset_llm()
        return await self.show(request)

    async def add_rule(self, request: Request) -> Response:
        """One more accuracy rule; it goes before the earlier ones."""
        rule = read_rules([await read_body(request)])
        behaviour = self._model.behaviour
        shown = [asdict(earlier) for earlier in (*behaviour.accuracy_rules, *rule)]
        self._model.behaviour = behaviour.changed({"accuracy_rules": shown})
        return await self.show(request)

    async def end_rules(self, request: Request) -> Response:
        """No accuracy rule; the general accuracy stays."""
        self._model.behaviour = self._model.behaviour.changed({"accuracy_rules": []})
        return await self.show(request)

    async def list_completions(self, request: Request) -> Response:
        """Counts of completions; `?source=&mode=&handle=&kind=&model=&is_repair=&outcome=` narrow them down."""
        wanted = dict(request.query_params)
        if unknown := sorted(set(wanted) - set(COUNTED_BY)):
            raise InputError(f"{unknown[0]}: unknown: there is {', '.join(COUNTED_BY)}")
        return JSONResponse(self._model.counts.listed(**wanted))

    async def reset_completions(self, request: Request) -> Response:
        """Begin counting at 0."""
        self._model.counts.reset()
        return JSONResponse({"status": "ok"})

    async def truth(self, request: Request) -> Response:
        """What is true of `?handle=` (on `&platform=`; of unknown handles as far as `&text=` tells)."""
        query = request.query_params
        if not query.get("handle"):
            raise InputError("handle: missing")
        is_youtube = query.get("platform", "").upper() == "YOUTUBE"
        truth = truth_of(query["handle"], query.get("text", ""), self._sandbox.world, is_youtube=is_youtube)
        return JSONResponse(asdict(truth))

    def routes(self) -> list[tuple[str, str, Callable[[Request], Awaitable[Response]]]]:
        """Method, path, handler."""
        root = "/_sandbox/llm"
        return [
            ("GET", root, self.show),
            ("POST", root, self.change),
            ("DELETE", root, self.reset),
            ("POST", f"{root}/accuracy", self.add_rule),
            ("DELETE", f"{root}/accuracy", self.end_rules),
            ("GET", f"{root}/completions", self.list_completions),
            ("DELETE", f"{root}/completions", self.reset_completions),
            ("GET", f"{root}/truth", self.truth),
        ]
