"""Every figure that the API gives has its formula, and says what it is computed of."""

from __future__ import annotations

import re

import pytest
import yaml

from upbeat.api.explain.formulas import FOLDER, formulas_of
from upbeat.api.explain.origins import KINDS_OF
from upbeat.api.published.catalogue import RESOURCES
from upbeat.records.posts import POST_METRICS
from upbeat.records.profiles import PROFILE_METRICS
from upbeat.settings import REPOSITORY

MODELS = REPOSITORY / "dbt_project" / "models"
BY_PLAN = {resource.plan_name: resource for resource in RESOURCES.values()}
OF_POSTS = {name for names in POST_METRICS.values() for name in names}
METRICS = {
    "profile": {name for names in PROFILE_METRICS.values() for name in names},
    "post": OF_POSTS,
    "posts": OF_POSTS,
    "collection": OF_POSTS,
    "campaign": OF_POSTS,
}


def described() -> dict[tuple[str, str], str]:
    """What dbt says of the columns of its models."""
    docs = {
        name: " ".join(text.split())
        for page in (MODELS / "docs").glob("*.md")
        for name, text in re.findall(
            r"{% docs (\w+) %}(.*?){% enddocs", page.read_text(encoding="utf-8"), re.DOTALL
        )
    }
    found = {}
    for page in MODELS.rglob("_*__models.yml"):
        for model in yaml.load(page.read_text(encoding="utf-8"), yaml.CSafeLoader)["models"]:
            for column in model["columns"]:
                text = re.sub(
                    r"{{ doc\('(\w+)'\) }}", lambda doc: docs[doc[1]], str(column.get("description", ""))
                )
                found[model["name"], column["name"]] = " ".join(text.split())
    return found


@pytest.mark.parametrize("plan", sorted(BY_PLAN))
def test_each_figure_of_a_resource_has_a_formula_over_columns_that_exist(plan: str) -> None:
    resource, formulas = BY_PLAN[plan], formulas_of(plan)

    assert set(formulas.columns) == set(resource.metrics)
    assert (formulas.table, f"mart.{formulas.mart}") == (resource.plan.table, resource.plan.mart)
    for name, formula in formulas.columns.items():
        used = {*formula.inputs, *filter(None, [formula.origin.at])}
        assert used <= set(resource.columns), name
        assert name not in formula.inputs, name


@pytest.mark.parametrize("plan", sorted(BY_PLAN))
def test_what_an_origin_is_asked_by_is_there(plan: str) -> None:
    columns = set(BY_PLAN[plan].columns)
    needed = {
        "profile": {"platform", "profile_id"},
        "posts": {"platform", "profile_id"},
        "quality": {"platform", "profile_id"},
        "audience": {"platform", "profile_id", "basis", "model", "prompt_version", "observed_at"},
        "story": {"platform", "story_id"},
        "hashtag": {"platform", "hashtag"},
        "collection": {"collection_id"},
        "campaign": {"campaign_id"},
    }
    for name, formula in formulas_of(plan).columns.items():
        origin = formula.origin
        assert needed.get(origin.kind, set()) <= columns, name
        assert origin.metric is None or origin.metric in METRICS[origin.kind], name
        assert (origin.of is not None) == (origin.kind == "enrichment"), name
        if origin.of:
            assert origin.of in KINDS_OF
            assert {f"{origin.of}_{what}" for what in ("model", "prompt_version", "observed_at")} <= columns
        if origin.slot:
            assert {"weekday", "hour"} <= columns, name
        if origin.kind == "post":
            assert columns & {"post_id", "shortcode"}, name


def test_the_formulas_are_what_the_marts_say_of_themselves() -> None:
    """Who changes what a figure means changes its description; then its formula and the version of the table have to follow."""
    told = described()
    differing = {
        (plan, name): told.get((formulas_of(plan).mart, name))
        for plan in BY_PLAN
        for name, formula in formulas_of(plan).columns.items()
        if formula.formula != told.get((formulas_of(plan).mart, name))
    }
    assert differing == {}


@pytest.mark.parametrize("plan", sorted(BY_PLAN))
def test_the_inputs_of_a_figure_are_the_columns_that_its_check_reads(plan: str) -> None:
    formulas, resource = formulas_of(plan), BY_PLAN[plan]
    for name, formula in formulas.columns.items():
        if formula.check is None:
            continue
        joins = [join for alias, join in formulas.beside.items() if re.search(rf"\b{alias}\.", formula.check)]
        read = {*re.findall(r"\bt\.(\w+)", formula.check)}
        read |= {*re.findall(r"\bt\.(\w+)", " ".join(joins))} - {*resource.plan.key}
        assert {*formula.inputs} == read & {*resource.columns} - {name}, name


def test_a_figure_without_a_check_is_one_that_somebody_tells() -> None:
    """What a mart computes can be computed again by who reads the warehouse."""
    told = {"profile", "post", "story", "enrichment", "audience", "hashtag", "stated", "orders"}
    unchecked = {
        (plan, name): formula.origin.kind
        for plan in BY_PLAN
        for name, formula in formulas_of(plan).columns.items()
        if formula.check is None and formula.origin.kind not in told
    }
    assert unchecked == {}


def test_the_query_of_a_check_joins_only_what_the_check_reads() -> None:
    formulas = formulas_of("leaderboard")

    change = formulas.query("rank_change", ("platform", "profile_id"))
    assert change == (
        "select * from (select t.platform as platform, t.profile_id as profile_id, t.rank_change as stated, "
        "toInt64(t.previous_followers_rank) - toInt64(t.followers_rank) as again from mart.mart_leaderboard as t "
        "settings join_use_nulls = 1)"
    )
    posts = formulas.query("total_posts", ("platform", "profile_id"))
    assert posts is not None
    assert re.findall(r"\) as (\w+) on t\.", posts) == ["recent"]
    assert formulas_of("time_series").columns["followers"].check
    assert formulas_of("collection_story").query("replies", ("collection_id",)) is None


def test_no_file_of_formulas_is_left_without_a_resource() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(BY_PLAN)
