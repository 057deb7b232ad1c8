"""The shipped versions of the prompts: `include/prompts/<kind>/<version>.yaml`, and which of them is active at first."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from upbeat.enrichment.kinds import KINDS, Kind
from upbeat.enrichment.prompt import VERSION_PATTERN, Prompt
from upbeat.enrichment.strict_schema import schema_problems
from upbeat.errors import InputError
from upbeat.settings import REPOSITORY

FOLDER = REPOSITORY / "include" / "prompts"
PLACEHOLDER = "{profile}"
ACTIVE_FILE = "active.yaml"


class _OnceLoader(yaml.SafeLoader):
    """Refuses a key that is stated twice, of which YAML keeps the last one in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        found = super().construct_mapping(node, deep)
        if len(found) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a key is stated twice", node.start_mark)
        return found


def versions_of(kind: Kind, folder: Path | None = None) -> list[str]:
    """The versions of a kind, the oldest first; files of other names are no versions."""
    found = ((folder or FOLDER) / kind).glob("*.yaml")
    return sorted((path.stem for path in found if re.fullmatch(VERSION_PATTERN, path.stem)), key=_number)


def load_prompt(kind: Kind, version: str, folder: Path | None = None) -> Prompt:
    """One version of a kind's prompt.

    Raises:
        InputError: there is no such version, or its file says something that cannot be: one line with file, place and problem.
    """
    path = (folder or FOLDER) / kind / f"{version}.yaml"
    known = versions_of(kind, folder)
    if version not in known:
        raise InputError(f"{kind} has no version {version!r}: it has {', '.join(known) or 'none'}")
    prompt = _model(path, _content(path))
    for problem in _problems(prompt, kind, version):
        raise InputError(f"{path}: {problem}")
    return prompt


def shipped_prompt(kind: Kind, folder: Path | None = None) -> Prompt:
    """The prompt of a kind that is active until a person activates another one.

    Raises:
        InputError: `active.yaml` is missing or does not name one existing version of each kind; or the prompt's file was edited since.
    """
    version, fingerprint = _shipped(folder)[kind]
    prompt = load_prompt(kind, version, folder)
    if prompt.fingerprint() != fingerprint:
        raise InputError(
            f"{prompt.name} is not the text that {ACTIVE_FILE} states: put its file back and give the new text a version of its own"
        )
    return prompt


def _shipped(folder: Path | None) -> dict[Kind, tuple[str, str]]:
    """Version and fingerprint of each kind."""
    path = (folder or FOLDER) / ACTIVE_FILE
    content = _content(path)
    if set(content) != set(KINDS):
        raise InputError(f"{path}: must name a version of each of {', '.join(KINDS)}")
    for kind in KINDS:
        stated = content[kind]
        if not isinstance(stated, dict) or set(stated) != {"version", "fingerprint"}:
            raise InputError(f"{path}: {kind}: must have version and fingerprint")
        if stated["version"] not in versions_of(kind, folder):
            raise InputError(f"{path}: {kind} has no version {stated['version']!r}")
    return {kind: (str(content[kind]["version"]), str(content[kind]["fingerprint"])) for kind in KINDS}


def _content(path: Path) -> dict[str, Any]:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), _OnceLoader)  # noqa: S506 - a safe loader
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: is not UTF-8") from error
    except yaml.YAMLError as error:
        raise InputError(f"{path}: is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict):
        raise InputError(f"{path}: must be a mapping")
    return content


def _model(path: Path, content: dict[str, Any]) -> Prompt:
    try:
        return Prompt.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{path}: {place}: {first['msg']}") from error


def _problems(prompt: Prompt, kind: Kind, version: str) -> list[str]:
    found = []
    if prompt.kind != kind:
        found.append(f"kind: is {prompt.kind}, but the file is in the folder {kind}")
    if prompt.version != version:
        found.append(f"version: is {prompt.version}, but the file is named {version}")
    if prompt.user.count(PLACEHOLDER) != 1:
        found.append(f"user: must have the placeholder {PLACEHOLDER} once")
    if PLACEHOLDER in prompt.system:
        found.append(
            f"system: must not have the placeholder {PLACEHOLDER}: a creator's text is never an instruction"
        )
    found += schema_problems(prompt.output_schema)
    return found or _unusable(prompt.output_schema)


def _unusable(schema: dict[str, Any]) -> list[str]:
    """A schema may be of the subset and still say what cannot be: `maximum: "1"`, a pattern that is none."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    except SchemaError as error:
        place = ".".join(["output_schema", *(str(part) for part in error.absolute_path)])
        return [f"{place}: {' '.join(error.message.split())}"]
    return []


def _number(version: str) -> tuple[int, int]:
    major, minor = version.removeprefix("v").split(".")
    return int(major), int(minor)
