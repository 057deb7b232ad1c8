"""What the API says when it does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ApiError(Exception):
    """A refusal in the API's own words; `headers` come on top of the usual ones."""

    status: int
    message: str
    type: str = "invalid_request_error"
    param: str | None = None
    code: str | None = None
    headers: tuple[tuple[bytes, bytes], ...] = ()
    innererror: dict[str, Any] | None = None

    def body(self) -> dict[str, Any]:
        """The body; Azure's filter tells its findings too."""
        error: dict[str, Any] = {
            "message": self.message,
            "type": self.type,
            "param": self.param,
            "code": self.code,
        }
        if self.innererror is not None:
            error.update(type=None, status=self.status, innererror=self.innererror)
        return {"error": error}


def invalid(message: str, param: str | None = None, code: str | None = None) -> ApiError:
    """400: the request itself is wrong."""
    return ApiError(400, message, param=param, code=code)


def model_not_found(model: str) -> ApiError:
    """404 for a model that is not there."""
    text = f"The model `{model}` does not exist or you do not have access to it."
    return ApiError(404, text, code="model_not_found")


def quota_used_up() -> ApiError:
    """429 that no waiting helps against."""
    text = (
        "You exceeded your current quota, please check your plan and billing details. For more information on this error, "
        "read the docs: https://platform.openai.com/docs/guides/error-codes/api-errors."
    )
    return ApiError(429, text, type="insufficient_quota", code="insufficient_quota")


def written_time(seconds: float) -> str:
    """A duration as the rate-limit headers write it: `644ms`, `6.5s`, `1m12s`."""
    if seconds < 1:
        return f"{max(0, round(seconds * 1000))}ms" if seconds > 0 else "0s"
    minutes, rest = divmod(round(seconds, 3), 60)
    return f"{int(minutes)}m{rest:g}s" if minutes else f"{rest:g}s"


def rate_limited(model: str, seconds: float, what: str = "requests per min (RPM): Limit reached") -> ApiError:
    """429 that tells how long to wait, in its text and in three headers."""
    unit = "tokens" if what.startswith("tokens") else "requests"
    wait = written_time(seconds)
    text = (
        f"Rate limit reached for {model} in organization org-sandbox on {what}. Please try again in {wait}. Visit "
        "https://platform.openai.com/account/rate-limits to learn more."
    )
    headers = (
        (b"retry-after-ms", str(max(1, round(seconds * 1000))).encode()),
        (b"retry-after", str(max(1, int(-(-seconds // 1)))).encode()),
        (f"x-ratelimit-reset-{unit}".encode(), wait.encode()),
    )
    return ApiError(429, text, type=unit, code="rate_limit_exceeded", headers=headers)


def filtered_prompt(category: str) -> ApiError:
    """Azure's 400 for a prompt that its content filter stopped."""
    text = (
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please modify your "
        "prompt and retry. To learn more about our content filtering policies please read our documentation: "
        "https://go.microsoft.com/fwlink/?linkid=2198766"
    )
    found = {
        **filter_results(category),
        "jailbreak": {"filtered": False, "detected": False},
    }
    inner = {"code": "ResponsibleAIPolicyViolation", "content_filter_result": found}
    return ApiError(400, text, param="prompt", code="content_filter", innererror=inner)


FILTER_CATEGORIES = ("hate", "self_harm", "sexual", "violence")


def filter_results(hit: str | None = None) -> dict[str, Any]:
    """What Azure's content filter says of a text; `hit` is the category that stopped it."""
    return {
        name: {"filtered": name == hit, "severity": "medium" if name == hit else "safe"}
        for name in FILTER_CATEGORIES
    }
