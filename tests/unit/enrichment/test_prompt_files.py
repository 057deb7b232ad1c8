"""The shipped prompts, and what is said of a file that cannot be one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from upbeat.enrichment.categories import CATEGORIES
from upbeat.enrichment.kinds import KINDS, READS_POSTS, Kind
from upbeat.enrichment.prompt import Prompt
from upbeat.enrichment.prompt_files import FOLDER, load_prompt, shipped_prompt, versions_of
from upbeat.errors import InputError

SHIPPED = [(kind, version) for kind in KINDS for version in versions_of(kind)]
FIELDS = {
    "base_gender": {"gender", "confidence", "reasoning"},
    "base_location": {"country", "city", "confidence"},
    "categ_lang_topics": {"category", "language", "topics", "confidence"},
    "audience_age_gender": {"age_ranges", "gender_distribution", "confidence"},
    "audience_cities": {"cities", "confidence"},
}


def longest_answer(schema: dict[str, Any]) -> Any:
    """The answer of a schema that takes the most characters, in ASCII."""
    types = schema["type"]
    kind = types[0] if isinstance(types, list) else types
    if kind == "object":
        return {name: longest_answer(inner) for name, inner in schema["properties"].items()}
    if kind == "array":
        return [longest_answer(schema["items"])] * schema["maxItems"]
    if kind == "number":
        return 0.1234567
    if "enum" in schema:
        return max(schema["enum"], key=len)
    return "x" * schema.get("maxLength", 2)


def test_each_kind_ships_at_least_two_versions() -> None:
    for kind in KINDS:
        assert {"v0.01", "v0.02"} <= set(versions_of(kind))


@pytest.mark.parametrize(("kind", "version"), SHIPPED)
def test_each_shipped_prompt_loads_and_asks_for_the_fields_of_its_kind(kind: Kind, version: str) -> None:
    prompt = load_prompt(kind, version)

    assert (prompt.kind, prompt.version) == (kind, version)
    assert set(prompt.output_schema["properties"]) == FIELDS[kind]
    assert prompt.temperature == 0
    assert prompt.model == "gpt-4.1-mini"


@pytest.mark.parametrize(("kind", "version"), SHIPPED)
def test_posts_are_shown_where_the_kind_reads_them(kind: Kind, version: str) -> None:
    limits = load_prompt(kind, version).limits

    assert (limits.captions, limits.caption_characters if limits.captions else 200) == (
        (5, 200) if kind in READS_POSTS else (0, 200)
    )


@pytest.mark.parametrize(("kind", "version"), SHIPPED)
def test_the_longest_answer_of_a_shipped_schema_fits_even_at_a_token_a_byte(kind: Kind, version: str) -> None:
    prompt = load_prompt(kind, version)

    assert len(json.dumps(longest_answer(prompt.output_schema)).encode()) <= prompt.max_tokens


@pytest.mark.parametrize("version", versions_of("categ_lang_topics"))
def test_categories_are_those_of_the_platform(version: str) -> None:
    schema = load_prompt("categ_lang_topics", version).output_schema

    assert tuple(schema["properties"]["category"]["enum"]) == CATEGORIES


def test_the_active_versions_exist_for_every_kind_and_are_the_texts_that_are_stated() -> None:
    for kind in KINDS:
        assert shipped_prompt(kind) == load_prompt(kind, versions_of(kind)[-1])


def test_a_shipped_file_that_was_edited_does_not_answer(tmp_path: Path) -> None:
    folder = tmp_path / "prompts"
    shutil.copytree(FOLDER, folder)
    path = folder / "base_gender" / f"{shipped_prompt('base_gender').version}.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("You ", "You always "), encoding="utf-8")

    with pytest.raises(InputError, match=r"base_gender v0.02 is not the text that active.yaml states"):
        shipped_prompt("base_gender", folder)
    assert shipped_prompt("base_location", folder) == shipped_prompt("base_location")


def test_versions_are_ordered_by_number_and_other_files_are_none(tmp_path: Path) -> None:
    folder = tmp_path / "base_gender"
    folder.mkdir()
    for name in (
        "v0.02.yaml",
        "v10.00.yaml",
        "v0.10.yaml",
        "v2.00.yaml",
        "v0.1.yaml",
        "notes.yaml",
        "v0.03.yaml.old",
    ):
        (folder / name).touch()

    assert versions_of("base_gender", tmp_path) == ["v0.02", "v0.10", "v2.00", "v10.00"]


@pytest.fixture
def content() -> dict[str, Any]:
    """A good file's content."""
    found: dict[str, Any] = yaml.safe_load(
        (FOLDER / "base_gender" / "v0.02.yaml").read_text(encoding="utf-8")
    )
    return found


def written(folder: Path, content: Any) -> Path:
    path = folder / "base_gender" / "v0.02.yaml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), encoding="utf-8")
    return path


NESTED: dict[str, Any] = {"type": "string"}
for _ in range(7):
    NESTED = {"type": "object", "additionalProperties": False, "required": ["a"], "properties": {"a": NESTED}}
GENDER = {
    "type": "object",
    "additionalProperties": False,
    "required": ["a"],
    "properties": {"a": {"type": "string"}},
}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"temprature": 0}, "temprature: Extra inputs are not permitted"),
        ({"version": "v0.03"}, "version: is v0.03, but the file is named v0.02"),
        ({"version": 0.02}, "version: Input should be a valid string"),
        ({"kind": "base_location"}, "kind: is base_location, but the file is in the folder base_gender"),
        ({"kind": "gender"}, "kind: Input should be"),
        ({"user": "Who is it?"}, "user: must have the placeholder {profile} once"),
        ({"user": "{profile} {profile}"}, "user: must have the placeholder {profile} once"),
        ({"system": "It is {profile}"}, "system: must not have the placeholder"),
        ({"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
        ({"limits": {"captions": 5, "words": 3}}, "limits.words: Extra inputs are not permitted"),
        ({"output_schema": {**GENDER, "required": []}}, "output_schema: required must name every property"),
        (
            {"output_schema": {**GENDER, "required": ["a", "b"]}},
            "output_schema: required must name every property",
        ),
        (
            {"output_schema": {**GENDER, "additionalProperties": True}},
            "output_schema: additionalProperties must be false",
        ),
        ({"output_schema": {**GENDER, "oneOf": []}}, "output_schema: oneOf is not of the subset"),
        (
            {"output_schema": {"type": "array", "items": GENDER}},
            "output_schema: must be an object whose type is object",
        ),
        (
            {"output_schema": {**GENDER, "properties": {"a": {"type": "text"}}}},
            "output_schema.a: type must be one of",
        ),
        (
            {"output_schema": {**GENDER, "properties": {"a": {"enum": ["x"]}}}},
            "output_schema.a: type must be one of",
        ),
        (
            {"output_schema": {**GENDER, "properties": {"a": {"type": "array"}}}},
            "output_schema.a.items: must be an object",
        ),
        (
            {"output_schema": {**GENDER, "properties": {"a": {"type": "number", "maximum": "1"}}}},
            "output_schema.properties.a.maximum: '1' is not of type 'number'",
        ),
        (
            {"output_schema": {**GENDER, "properties": {"a": {"type": "string", "pattern": "("}}}},
            "output_schema.properties.a.pattern: '(' is not a 'regex'",
        ),
        ({"output_schema": NESTED}, "is nested deeper than 5"),
    ],
)
def test_a_file_that_cannot_be_a_prompt_is_refused_in_one_line(
    change: dict[str, Any], problem: str, content: dict[str, Any], tmp_path: Path
) -> None:
    path = written(tmp_path, {**content, **change})

    with pytest.raises(InputError) as refused:
        load_prompt("base_gender", "v0.02", tmp_path)

    assert str(refused.value).startswith(f"{path}: ")
    assert problem in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[1, 2", "is no YAML"),
        ("- 1\n", "must be a mapping"),
        ("", "must be a mapping"),
        ("kind: a\nkind: b\n", "a key is stated twice"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused_in_one_line(text: str, problem: str, tmp_path: Path) -> None:
    written(tmp_path, text)

    with pytest.raises(InputError, match=problem) as refused:
        load_prompt("base_gender", "v0.02", tmp_path)

    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("version", ["v0.99", "../base_location/v0.01", "", "v0.01.yaml"])
def test_an_unknown_version_is_refused_with_those_that_there_are(version: str) -> None:
    with pytest.raises(InputError, match=r"base_gender has no version .*: it has v0\.01, v0\.02"):
        load_prompt("base_gender", version)


@pytest.mark.parametrize(
    "names",
    [
        {},
        {"base_gender": "v0.01"},
        {**dict.fromkeys(KINDS, "v0.01"), "base_age": "v0.01"},
        dict.fromkeys(KINDS, "v0.01"),
        {kind: {"version": "v9.99", "fingerprint": ""} for kind in KINDS},
    ],
)
def test_an_active_file_must_name_an_existing_version_of_each_kind(
    names: dict[str, Any], tmp_path: Path
) -> None:
    for kind in KINDS:
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "v0.01.yaml").touch()
    (tmp_path / "active.yaml").write_text(yaml.safe_dump(names), encoding="utf-8")

    with pytest.raises(InputError, match=r"active\.yaml: "):
        shipped_prompt("base_gender", tmp_path)


def test_the_fingerprint_changes_with_what_changes_an_answer_alone(content: dict[str, Any]) -> None:
    prompt = Prompt.model_validate(content)

    assert (
        Prompt.model_validate({**content, "description": "Another one."}).fingerprint()
        == prompt.fingerprint()
    )
    for change in (
        {"system": "x"},
        {"temperature": 0.5},
        {"limits": {"biography_characters": 10}},
        {"max_tokens": 9},
    ):
        assert Prompt.model_validate({**content, **change}).fingerprint() != prompt.fingerprint()
