"""Azure OpenAI's API as `azure_openai`: any `<resource>.openai.azure.com/openai`, with deployments, files and batches.

A deployment is a model's name, or one of `Behaviour.deployments`. `api-version` is wanted; structured output needs 2024-08-01-preview or
later. What the content filter found stands beside prompts and answers. Errors as recorded, the others by the reference.
"""

from __future__ import annotations

import re
from typing import Any

from upbeat.sandbox.llm_errors import ApiError, filter_results, invalid
from upbeat.sandbox.llm_request import DATED
from upbeat.sandbox.llm_upstream import LlmUpstream
from upbeat.sandbox.upstream import Answer, Request

_CHAT = re.compile(r"/deployments/(?P<name>[^/]+)/chat/completions")
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(?:-preview)?")
SCHEMAS_SINCE = "2024-08-01"


class AzureOpenAi(LlmUpstream):
    """`/openai/…?api-version=`."""

    name = "azure_openai"
    host = "*.openai.azure.com"

    def respond(self, request: Request) -> Answer:
        """One operation."""
        path = request.path.removeprefix("/openai")
        version = request.query.get("api-version", "")
        if path == request.path or not _VERSION.fullmatch(version):
            raise ApiError(404, "Resource not found", code="404")
        if (chat := _CHAT.fullmatch(path)) is not None and request.method == "POST":
            return self._deployed_chat(request, chat["name"], version)
        if (answer := self._files_and_batches(request, path)) is not None:
            return answer
        raise ApiError(404, "Resource not found", code="404")

    def _deployed_chat(self, request: Request, deployment: str, version: str) -> Answer:
        wanted = request.json().get("response_format")
        if isinstance(wanted, dict) and wanted.get("type") == "json_schema" and version[:10] < SCHEMAS_SINCE:
            text = "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later"
            raise invalid(text, "response_format")
        return self._chat(request, self._deployed(deployment))

    def batch_urls(self, endpoint: str) -> frozenset[str]:
        """Chat completions, with or without the version's prefix."""
        urls = frozenset({"/chat/completions", "/v1/chat/completions"})
        return urls if endpoint in urls else frozenset()

    def model_named(self, body: Any) -> str | None:
        """A line names its deployment as `model`."""
        name = body.get("model") if isinstance(body, dict) else None
        return self._deployed(name) if isinstance(name, str) else None

    def _deployed(self, name: str) -> str:
        """The model of a deployment. Raises `ApiError` for one that is not there."""
        model = self.model.behaviour.deployments.get(name, name)
        if model not in DATED and model not in DATED.values():
            text = (
                "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
                "please wait a moment and try again."
            )
            raise ApiError(404, text, code="DeploymentNotFound")
        return model

    def finished(self, body: dict[str, Any]) -> dict[str, Any]:
        """With what the content filter found; an answer that it stopped has no message's content."""
        choice = body["choices"][0]
        is_filtered = choice["finish_reason"] == "content_filter"
        choice["content_filter_results"] = filter_results("hate" if is_filtered else None)
        body["prompt_filter_results"] = [{"prompt_index": 0, "content_filter_results": filter_results()}]
        if is_filtered:
            del choice["message"]["content"]
        return body

    def error_body(self, error: ApiError) -> dict[str, Any]:
        """The gateway's own errors have code and message alone."""
        if error.status in (401, 404, 429) and error.code != "insufficient_quota":
            code = error.code if error.status == 404 and error.code else str(error.status)
            return {"error": {"code": code, "message": error.message}}
        return error.body()

    def refused(self, request: Request, state: str) -> Answer:
        """401."""
        text = (
            "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active "
            "subscription and use a correct regional API endpoint for your resource."
        )
        return self._error(ApiError(401, text))


UPSTREAM = AzureOpenAi()
