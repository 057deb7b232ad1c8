"""OpenAI's API as `openai`: `api.openai.com/v1`, with chat completions, files and batches. Any key is taken.

Bodies have the keys of recorded ones; what is said is made up (`llm_truth`), and `system_fingerprint` is `fp_sandbox`.
"""

from __future__ import annotations

from typing import Any

from upbeat.sandbox.llm_errors import ApiError
from upbeat.sandbox.llm_upstream import LlmUpstream, unknown_path
from upbeat.sandbox.upstream import Answer, Request


class OpenAi(LlmUpstream):
    """`/v1/…`."""

    name = "openai"
    host = "api.openai.com"

    def respond(self, request: Request) -> Answer:
        """One operation."""
        path = request.path.removeprefix("/v1")
        if path == request.path:
            raise unknown_path(request)
        if path == "/chat/completions" and request.method == "POST":
            return self._chat(request)
        if (answer := self._files_and_batches(request, path)) is not None:
            return answer
        raise unknown_path(request)

    def batch_urls(self, endpoint: str) -> frozenset[str]:
        """Chat completions alone."""
        return frozenset({endpoint}) if endpoint == "/v1/chat/completions" else frozenset()

    def error_body(self, error: ApiError) -> dict[str, Any]:
        """As recorded."""
        return error.body()

    def refused(self, request: Request, state: str) -> Answer:
        """401; the key is not quoted."""
        if state == "missing":
            text = "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth."
            return self._error(ApiError(401, text))
        text = "Incorrect API key provided. You can find your API key at https://platform.openai.com/account/api-keys."
        return self._error(ApiError(401, text, code="invalid_api_key"))


UPSTREAM = OpenAi()
