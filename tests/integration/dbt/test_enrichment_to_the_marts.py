"""What a language model says of a creator, from the sandbox to the product's table, through every part that is real."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from tests.collection_run import POSTS, PROFILES, CollectionRun, collection_run

from upbeat.enrichment.kinds import KINDS
from upbeat.events.drain import drain
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectStore
from upbeat.sync.export import export_to_s3
from upbeat.sync.load import load_to_postgres
from upbeat.sync.plan import load_plans

if TYPE_CHECKING:
    from .conftest import Warehouse

FLOWS = [f"instagram.{kind}" for kind in KINDS]
MODELS = ("+mart_instagram_account", "+mart_audience_demographics", "+mart_audience_locations")
PLANS = ("instagram_account", "audience_demographics", "audience_locations")


@pytest.fixture
def run(settings: Settings) -> Iterator[CollectionRun]:
    """Credentials for every source, a model that answers right."""
    with collection_run(settings) as run:
        run.add_credentials()
        run.sandbox.set_llm(accuracy=1.0)
        yield run


def publish(settings: Settings) -> None:
    ObjectStore(settings, settings.s3_sync_bucket).create_bucket()
    for plan in load_plans():
        if plan.name in PLANS:
            load_to_postgres(settings, plan, export_to_s3(settings, plan, "first"))


@pytest.mark.timeout(600)
def test_answers_of_the_sandbox_reach_the_product_labelled_as_such(
    run: CollectionRun, warehouse: Warehouse
) -> None:
    (handle,) = run.handles(1)
    for flows in ([PROFILES, POSTS], FLOWS):
        for flow in flows:
            run.enqueue(handle, flow=flow)
        assert run.work(flows=flows).failed == 0
    told = {row["kind"]: row for row in run.rows("SELECT * FROM beat.enrichment")}
    assert set(told) == set(KINDS)
    assert drain(run.settings, time_budget=60, until_empty=True).parked == 0
    warehouse.dbt("run", "--select", *MODELS)
    publish(run.settings)

    (account,) = run.rows("SELECT * FROM app.instagram_account WHERE handle = %(handle)s", handle=handle)
    assert account["is_sandbox"] is True
    for name, kind in (
        ("gender", "base_gender"),
        ("city", "base_location"),
        ("language", "categ_lang_topics"),
    ):
        assert_told(account, name, told[kind])
    assert account["country"] == told["base_location"]["country"]
    assert account["topics"] == sorted(told["categ_lang_topics"]["topics"])
    assert account["category_source"] in ("account", "enrichment")

    ages = {part["range"]: part["share"] for part in told["audience_age_gender"]["result"]["age_ranges"]}
    assert shares(run, "audience_demographics", "value", "dimension = 'age'") == pytest.approx(ages)
    genders = told["audience_age_gender"]["result"]["gender_distribution"]
    assert shares(run, "audience_demographics", "value", "dimension = 'gender'") == pytest.approx(
        {part["gender"]: part["share"] for part in genders}
    )
    cities = {part["city"]: part["share"] for part in told["audience_cities"]["result"]["cities"]}
    whole = sum(cities.values())
    assert shares(run, "audience_locations", "place", "level = 'city'") == pytest.approx(
        {city: share / whole for city, share in cities.items()}
    )
    (audience,) = run.rows(
        "SELECT DISTINCT basis, is_sandbox, confidence, prompt_version, model, observed_at FROM app.audience_locations"
    )
    assert (audience["basis"], audience["is_sandbox"]) == ("enrichment", True)
    for name in ("confidence", "prompt_version", "model", "observed_at"):
        assert audience[name] == told["audience_cities"][name]


def assert_told(account: dict[str, Any], name: str, answer: dict[str, Any]) -> None:
    """The account shows the answer with all that says how good it is."""
    assert account[name] == answer[name]
    for column in ("confidence", "model", "prompt_version", "observed_at"):
        assert account[f"{name}_{column}"] == answer[column], (name, column)


def shares(run: CollectionRun, table: str, value: str, only: str) -> dict[str, float]:
    """Published shares by value."""
    rows = run.rows(f"SELECT {value} AS value, share FROM app.{table} WHERE {only}")
    return {row["value"]: row["share"] for row in rows}
