"""The SQL of pages."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upbeat.api.published.catalogue import RESOURCES
from upbeat.api.published.resource import Resource
from upbeat.api.published.statements import Begin, Shape, page_statement

BEGINS: tuple[Begin, ...] = ("first", "after_value", "after_null")


@st.composite
def shapes(draw: st.DrawFn) -> tuple[str, Shape]:
    """A resource, and any page that may be asked of it."""
    resource = RESOURCES[draw(st.sampled_from(sorted(RESOURCES)))]
    names = sorted(resource.filters)
    used = tuple(draw(st.lists(st.sampled_from(names), unique=True))) if names else ()
    sort = draw(st.sampled_from([way + name for name in resource.sorts for way in ("", "-")] or [""]))
    column = resource.columns.get(sort.removeprefix("-"))
    begins = BEGINS if column and column.nullable else BEGINS[:2]
    return resource.name, Shape(
        used, sort, draw(st.sampled_from(begins)), draw(st.integers(1, 1000)), draw(st.booleans())
    )


@given(shapes())
def test_identifiers_are_those_of_the_catalogue_and_values_are_parameters(asked: tuple[str, Shape]) -> None:
    name, shape = asked
    resource = RESOURCES[name]
    text = page_statement(name, shape).decode()

    quoted = set(re.findall(r'"([^"]*)"', text))
    assert quoted <= {*resource.columns, "t", "app", "page", resource.plan.table}
    parameters = set(re.findall(r"%\((\w+)\)s", text))
    assert {f"filter_{used}" for used in shape.filters} <= parameters
    assert {f"place_{column}" for column in resource.place} <= parameters
    assert ("account" in parameters) == (shape.owned and resource.owner is not None)
    begins_behind = any(found.startswith("last_") for found in parameters)
    assert begins_behind == (shape.begin != "first" and not resource.single)


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda resource: resource.name)
def test_a_resource_names_columns_that_its_table_has(resource: Resource) -> None:
    columns = set(resource.columns)

    assert {used.column for used in resource.filters.values()} <= columns
    assert {*resource.sorts, *resource.place} <= columns
    assert resource.sort.removeprefix("-") in {*resource.sorts, ""}
    assert not resource.single or set(resource.plan.key) == set(resource.place)
    if resource.owner in ("collection", "campaign"):
        assert f"{resource.owner}_id" in columns
    if resource.owner == "account":
        assert "account_id" in columns


PUBLIC = [resource for resource in RESOURCES.values() if not resource.single and resource.owner is None]


@pytest.mark.parametrize("resource", PUBLIC, ids=lambda resource: resource.name)
def test_a_public_page_begins_with_an_index_and_so_does_a_search(resource: Resource) -> None:
    plan = resource.plan
    fixed = {used.column for used in resource.filters.values() if used.required} | set(resource.place)
    indexes = [plan.key, *(index.columns for index in plan.indexes if not index.prefix_of)]
    begun = [columns[len(fixed) :] for columns in indexes if set(columns[: len(fixed)]) == fixed]
    sorted_by = resource.sort.removeprefix("-")

    # The rows of one profile are few: they may be sorted anew.
    assert begun if resource.place else any(rest[:1] == (sorted_by,) for rest in begun)
    for used in resource.filters.values():
        if used.how == "prefix":
            searched = [set(index.columns) for index in plan.indexes if index.prefix_of == used.column]
            assert fixed in searched
