"""Settings as environment variables, so that another process reads exactly ours."""

from __future__ import annotations

import json
from typing import Any

from pydantic import SecretStr

from upbeat.settings import ENV_PREFIX, Settings


def settings_environment(settings: Settings) -> dict[str, str]:
    """`UPBEAT_…` variables of all values that differ from the defaults, and of the state folder."""
    variables: dict[str, str] = {}
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        if name == "state_dir" or value != field.get_default(call_default_factory=True):
            variables[variable_name(name)] = as_text(value)
    return variables


def variable_name(field: str) -> str:
    """Environment variable of a setting."""
    return f"{ENV_PREFIX}{field.upper()}"


def as_text(value: Any) -> str:
    """A value as the settings class reads it: plain text, or JSON for lists and objects."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if value is None:
        return ""
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(value)
    return str(value)
