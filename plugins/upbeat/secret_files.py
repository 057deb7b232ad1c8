"""Secrets from files, as Docker, Kubernetes and systemd hand them over: what stands in a file is in no process listing,
no `docker inspect` and no crash report.

For the secret setting `postgres_url` the first of these that is there counts:

1. the file that the variable `UPBEAT_POSTGRES_URL_FILE` names,
2. the file `upbeat_postgres_url` in the folder that `UPBEAT_SECRETS_DIR` names (`/run/secrets`).

A file's last end of line does not count, nor does an empty file.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from upbeat.errors import InputError

FOLDER_VARIABLE = "UPBEAT_SECRETS_DIR"
DEFAULT_FOLDER = Path("/run/secrets")
# A secret is a line; what is longer was named by mistake, and may be a device that never ends.
LARGEST_BYTES = 64 * 1024


class SecretFilesSource(PydanticBaseSettingsSource):
    """The settings that are secrets and have a file. Raises InputError for a named file that cannot be read."""

    def __init__(self, settings_class: type[BaseSettings], prefix: str) -> None:
        super().__init__(settings_class)
        self._prefix = prefix

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The text of the setting's file; None without one."""
        return self._text(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """By the settings' names."""
        found = {name: self._text(name) for name in secret_names(self.settings_cls)}
        return {name: text for name, text in found.items() if text}

    def _text(self, name: str) -> str | None:
        variable = f"{self._prefix}{name.upper()}_FILE"
        if named := os.environ.get(variable):
            return _read(Path(named).expanduser(), variable)
        path = secrets_folder() / f"{self._prefix}{name}".lower()
        return _read(path, str(path)) if _is_there(path) else None


def secret_names(settings_class: type[BaseSettings]) -> list[str]:
    """The settings that hold secrets, which are those of the type `SecretStr`."""
    return [
        name
        for name, field in settings_class.model_fields.items()
        if SecretStr in (field.annotation, *getattr(field.annotation, "__args__", ()))
    ]


def secrets_folder() -> Path:
    """Where the secrets' files are; it need not be there."""
    return Path(os.environ.get(FOLDER_VARIABLE) or DEFAULT_FOLDER).expanduser()


def _is_there(path: Path) -> bool:
    """Raises InputError for a folder that was named and may not be looked into; the default one may be somebody else's."""
    try:
        return path.is_file()
    except OSError as error:
        if os.environ.get(FOLDER_VARIABLE):
            raise InputError(f"settings: {FOLDER_VARIABLE}: {path.parent}: {error.strerror}") from error
        return False


def _read(path: Path, named_by: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_BYTES + 1)
        text = content.decode("utf-8")
    except OSError as error:
        raise InputError(f"settings: {named_by}: {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"settings: {named_by}: {path} is no text in UTF-8") from error
    if len(content) > LARGEST_BYTES:
        raise InputError(
            f"settings: {named_by}: {path} is larger than {LARGEST_BYTES} bytes: is it the file of a secret?"
        )
    return text.removesuffix("\n").removesuffix("\r")
