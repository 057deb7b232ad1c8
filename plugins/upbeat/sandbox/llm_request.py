"""A request for a chat completion: read, held against the API's rules, and what it asks about whom."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from upbeat.sandbox.llm_draws import number
from upbeat.sandbox.llm_errors import invalid, model_not_found
from upbeat.sandbox.llm_kinds import UNKNOWN_KIND, kind_of
from upbeat.sandbox.llm_schemas import check_strict
from upbeat.sandbox.llm_tokens import tokens_of

DATED = {
    "gpt-4.1": "gpt-4.1-2025-04-14",
    "gpt-4.1-mini": "gpt-4.1-mini-2025-04-14",
    "gpt-4.1-nano": "gpt-4.1-nano-2025-04-14",
    "gpt-4o": "gpt-4o-2024-08-06",
    "gpt-4o-mini": "gpt-4o-mini-2024-07-18",
    "gpt-35-turbo": "gpt-35-turbo-0125",
    "gpt-3.5-turbo": "gpt-3.5-turbo-0125",
    "o4-mini": "o4-mini-2025-04-16",
    "gpt-5-mini": "gpt-5-mini-2025-08-07",
}
"""The models that are there, with the dated name that an answer tells."""
REASONING = ("o4-", "gpt-5")
WITHOUT_SCHEMAS = ("gpt-35", "gpt-3.5")
ROLES = frozenset({"system", "developer", "user", "assistant", "tool", "function"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Whom the creator's text is about. `handle` is empty when the message has no such object."""

    handle: str = ""
    is_youtube: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """A well-formed request.

    Attributes:
        model: the dated name.
        fingerprint: of the system message, 16 hexadecimal digits.
        is_repair: an answer of the assistant came before.
        prefix: what the provider's cache goes by: all that does not tell of the creator.
    """

    model: str
    kind: str
    schema: dict[str, Any] | None
    is_json: bool
    system: str
    fingerprint: str
    subject: Subject
    is_repair: bool
    max_tokens: int | None
    prompt_tokens: int
    prefix_tokens: int
    prefix: int


def read_request(body: Any, model: str | None = None) -> ChatRequest:
    """The request in a JSON body; `model` stands in for the body's (Azure's deployment). Raises `ApiError`."""
    if not isinstance(body, dict):
        raise invalid(
            "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
            "correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)"
        )
    dated = _model(body, model)
    messages = _messages(body)
    _check_sampling(body, dated)
    schema_name, schema, is_json, schema_tokens = _response_format(body, dated)
    systems, user = [m for m in messages if m["role"] in ("system", "developer")], _first_user(messages)
    system, before = "\n".join(_text(m) for m in systems), _text(user).partition("{")[0] if user else ""
    said = [_text(message) for message in messages]
    prefix_tokens = tokens_of(system) + schema_tokens + tokens_of(before)
    return ChatRequest(
        model=dated,
        kind=kind_of(schema_name, schema or {}) if schema_name else UNKNOWN_KIND,
        schema=schema,
        is_json=is_json,
        system=system,
        fingerprint=fingerprint(system),
        subject=find_subject(_text(user)) if user else Subject(),
        is_repair=any(message["role"] == "assistant" for message in messages),
        max_tokens=_max_tokens(body),
        prompt_tokens=sum(map(tokens_of, said)) + 4 * len(said) + 3 + schema_tokens,
        prefix_tokens=prefix_tokens,
        prefix=number(dated, schema_name, system, before),
    )


@lru_cache(maxsize=1_000)
def fingerprint(system: str) -> str:
    """Sixteen hexadecimal digits that depend on the system message alone."""
    return f"{number('system', system):016x}"


def _model(body: dict[str, Any], deployed: str | None) -> str:
    model = deployed or body.get("model")
    if model is None or model == "":
        raise invalid("you must provide a model parameter")
    if not isinstance(model, str):
        raise invalid("Invalid type for 'model': expected a string.", "model", "invalid_type")
    if model in DATED.values():
        return model
    if model not in DATED:
        raise model_not_found(model)
    return DATED[model]


def _messages(body: dict[str, Any]) -> list[dict[str, Any]]:
    messages = body.get("messages")
    if messages is None:
        raise invalid("Missing required parameter: 'messages'.", "messages", "missing_required_parameter")
    if not isinstance(messages, list):
        raise invalid(
            "Invalid type for 'messages': expected an array of objects.", "messages", "invalid_type"
        )
    if not messages:
        raise invalid(
            "Invalid 'messages': empty array. Expected an array with minimum length 1, but got an empty array instead.",
            "messages",
            "empty_array",
        )
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in ROLES:
            role = message.get("role") if isinstance(message, dict) else message
            supported = "'system', 'assistant', 'user', 'function', 'tool', and 'developer'"
            text = f"Invalid value: '{role}'. Supported values are: {supported}."
            raise invalid(text, f"messages[{place}].role", "invalid_value")
        if not isinstance(message.get("content"), str | list) and message["role"] != "assistant":
            text = (
                f"Invalid value for 'content': expected a string, got {_json_name(message.get('content'))}."
            )
            raise invalid(text, f"messages.[{place}].content")
    return messages


def _json_name(value: Any) -> str:
    return "null" if value is None else type(value).__name__


def _text(message: dict[str, Any] | None) -> str:
    """The text of a message, whole or in parts."""
    content = (message or {}).get("content")
    if isinstance(content, list):
        return "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return content or ""


def _first_user(messages: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((message for message in messages if message["role"] == "user"), None)


def _check_sampling(body: dict[str, Any], model: str) -> None:
    temperature = body.get("temperature")
    if temperature is not None and (
        isinstance(temperature, bool) or not isinstance(temperature, int | float) or not 0 <= temperature <= 2
    ):
        text = f"Invalid 'temperature': must be a decimal from 0 to 2, but got {temperature!r} instead."
        raise invalid(text, "temperature", "decimal_out_of_range")
    if model.startswith(REASONING):
        if temperature not in (None, 1):
            text = "Unsupported value: 'temperature' does not support this value with this model. Only the default (1) value is supported."
            raise invalid(text, "temperature", "unsupported_value")
        if body.get("max_tokens") is not None:
            text = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
            raise invalid(text, "max_tokens", "unsupported_parameter")
    if body.get("stream"):
        raise invalid("The sandbox does not stream: leave 'stream' out.", "stream", "unsupported_value")
    if body.get("n") not in (None, 1):
        raise invalid("The sandbox gives one choice: leave 'n' out.", "n", "unsupported_value")


def _max_tokens(body: dict[str, Any]) -> int | None:
    for name in ("max_completion_tokens", "max_tokens"):
        value = body.get(name)
        if value is None:
            continue
        if isinstance(value, bool) or not isinstance(value, int):
            raise invalid(f"Invalid type for '{name}': expected an integer.", name, "invalid_type")
        if value < 1:
            text = f"Invalid '{name}': integer below minimum value. Expected a value >= 1, but got {value} instead."
            raise invalid(text, name, "integer_below_min_value")
        return value
    return None


def _response_format(body: dict[str, Any], model: str) -> tuple[str, dict[str, Any] | None, bool, int]:
    """Name of the schema, the schema, whether JSON is wanted, and the tokens that the schema takes."""
    wanted = body.get("response_format")
    if wanted is None:
        return "", None, False, 0
    kind = wanted.get("type") if isinstance(wanted, dict) else None
    if kind not in ("text", "json_object", "json_schema"):
        text = f"Invalid value: '{kind}'. Supported values are: 'json_object', 'json_schema', and 'text'."
        raise invalid(text, "response_format.type", "invalid_value")
    if kind != "json_schema":
        return "", None, kind == "json_object", 0
    if model.startswith(WITHOUT_SCHEMAS):
        text = "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."
        raise invalid(text, "response_format")
    return _read_schema(orjson.dumps(wanted.get("json_schema")))


@lru_cache(maxsize=500)
def _read_schema(encoded: bytes) -> tuple[str, dict[str, Any], bool, int]:
    """Checked once for each schema; a wrong one is an exception each time."""
    wanted = orjson.loads(encoded)
    where = "response_format.json_schema"
    if not isinstance(wanted, dict):
        raise invalid(f"Missing required parameter: '{where}'.", where, "missing_required_parameter")
    name = wanted.get("name")
    if not isinstance(name, str) or not name:
        raise invalid(
            f"Missing required parameter: '{where}.name'.", f"{where}.name", "missing_required_parameter"
        )
    if len(name) > 64 or not name.replace("_", "a").replace("-", "a").isalnum() or not name.isascii():
        text = f"Invalid '{where}.name': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        raise invalid(text, f"{where}.name", "invalid_value")
    schema = wanted.get("schema")
    if not isinstance(schema, dict):
        raise invalid(
            f"Missing required parameter: '{where}.schema'.", f"{where}.schema", "missing_required_parameter"
        )
    if wanted.get("strict"):
        check_strict(name, schema)
    return name, schema, True, tokens_of(orjson.dumps(schema).decode())


def find_subject(message: str) -> Subject:
    """Whom the first JSON object of a message that has a `handle` is about. What stands inside its strings is no object."""
    decoder, start = json.JSONDecoder(), message.find("{")
    while start >= 0:
        try:
            found, end = decoder.raw_decode(message, start)
        except (ValueError, RecursionError):
            start = message.find("{", start + 1)
            continue
        if "handle" in found:
            return _subject(found)
        start = message.find("{", end)
    return Subject()


def _subject(found: dict[str, Any]) -> Subject:
    """The texts in the order in which they stand, but for the handle."""
    texts: list[str] = []
    for name, value in found.items():
        if name in ("handle", "platform"):
            continue
        items = value if isinstance(value, list) else [value]
        texts.extend(item for item in items if isinstance(item, str))
    platform = str(found.get("platform", "")).upper()
    return Subject(handle=str(found["handle"]), is_youtube="YOUTUBE" in platform, text="\n".join(texts))
