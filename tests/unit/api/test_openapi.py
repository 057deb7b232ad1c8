"""The API's own description, and that no route is open by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from jsonschema import Draft202012Validator

from upbeat.api.openapi import required_scope
from upbeat.settings import Settings
from upbeat.web import create_web

OPEN = {"/health/live", "/health/ready"}


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_web(Settings())


@pytest.fixture(scope="module")
def document(app: FastAPI) -> dict[str, Any]:
    return app.openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for one in value.values():
            yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def test_every_route_of_the_api_but_the_health_asks_for_a_key(app: FastAPI) -> None:
    routes = [route for route in app.routes if isinstance(route, APIRoute) and route.include_in_schema]

    assert {route.path_format for route in routes if required_scope(route) is None} == OPEN


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    names = [operation["operationId"] for _, operation in operations(document)]

    assert len(names) == len(set(names))
    assert "health_ready" in names


def test_every_operation_tells_its_problems_and_its_scope(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        assert {"422", "503"} <= set(operation["responses"]), name
        assert "HTTPValidationError" not in str(operation), name
        if name.partition(" ")[2] not in OPEN:
            assert {"401", "403", "429"} <= set(operation["responses"]), name
            assert operation["security"] == [{"ApiKey": []}, {"Bearer": []}], name
            assert "scope" in operation["description"] or "Any key" in operation["description"], name


def test_every_answer_tells_its_headers_and_every_problem_its_schema(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, answer in operation["responses"].items():
            told = resolved(document, answer)
            assert "X-Request-ID" in told["headers"], (name, status)
            if status in ("403", "429") or (status < "400" and "security" in operation):
                assert {"RateLimit", "RateLimit-Policy"} <= set(told["headers"]), (name, status)
            if status in ("429", "503"):
                assert "Retry-After" in told["headers"], (name, status)
            if status >= "400":
                assert list(told["content"]) == ["application/problem+json"], (name, status)
    bodies = [operation for _, operation in operations(document) if "requestBody" in operation]
    assert all({"400", "408", "413"} <= set(operation["responses"]) for operation in bodies)


def test_bodies_and_answers_have_examples_that_are_what_their_schemas_say(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        answers = [
            answer["content"]["application/json"]
            for status, answer in operation["responses"].items()
            if status < "300"
            and answer.get("content", {}).get("application/json", {}).get("schema", {}).keys()
            & {"properties", "$ref"}
        ]
        for content in ([body] if body else []) + answers:
            examples = list(examples_of(document, content))
            assert examples, name
            for example in examples:
                Draft202012Validator(content["schema"] | {"components": document["components"]}).validate(
                    example
                )


def resolved(document: dict[str, Any], value: dict[str, Any]) -> dict[str, Any]:
    at: Any = document if "$ref" in value else value
    for part in value.get("$ref", "#/").removeprefix("#/").split("/"):
        at = at[part] if part else at
    return dict(at)


def examples_of(document: dict[str, Any], content: dict[str, Any]) -> Iterator[Any]:
    if "example" in content:
        yield content["example"]
    yield from (one["value"] for one in content.get("examples", {}).values())
    yield from resolved(document, content["schema"]).get("examples", ())


def test_what_the_document_refers_to_is_in_it(document: dict[str, Any]) -> None:
    found = set(references(document))

    assert "#/components/schemas/Problem" in found
    for reference in found:
        at: Any = document
        for part in reference.removeprefix("#/").split("/"):
            at = at[part]
        assert at
