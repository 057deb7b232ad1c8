"""Settings as environment variables, so that another process reads exactly ours."""

from __future__ import annotations

import json
import os
from typing import Any

from dotenv import dotenv_values
from pydantic import SecretStr

from upbeat.settings import DOTENV_VARIABLE, ENV_PREFIX, Settings, dotenv_file


def settings_environment(settings: Settings) -> dict[str, str]:
    """`UPBEAT_…` variables of the state folder, of all values that differ from the defaults, and of those that the
    other process would else take from `.env`."""
    in_file = {name.upper() for name in dotenv_values(dotenv_file())}
    variables: dict[str, str] = {}
    if DOTENV_VARIABLE in os.environ:
        variables[DOTENV_VARIABLE] = os.environ[DOTENV_VARIABLE]
    for name, field in Settings.model_fields.items():
        value, variable = getattr(settings, name), variable_name(name)
        default = field.get_default(call_default_factory=True)
        if name == "state_dir" or value != default or variable in in_file:
            variables[variable] = as_text(value)
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
