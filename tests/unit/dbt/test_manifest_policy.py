"""The project keeps to the policy, and each rule of the policy notices what it is there for."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from . import manifest_policy as policy

Manifest = dict[str, Any]
STAGING, MART = "model.upbeat.stg_beat_profile_log", "model.upbeat.mart_time_series"


@pytest.mark.parametrize("rule", policy.RULES, ids=lambda rule: rule.__name__)
def test_the_project_keeps_to_the_rule(rule: policy.Rule, manifest: Manifest) -> None:
    assert list(rule(manifest)) == []


def test_the_manifest_holds_the_models_that_the_product_needs(manifest: Manifest) -> None:
    names = {model["name"] for model in policy.models(manifest)}
    assert names >= {
        "stg_beat_instagram_account",
        "stg_beat_instagram_post",
        "stg_beat_profile_log",
        "mart_instagram_account",
        "mart_time_series",
        "mart_leaderboard",
    }


def _drop_test(manifest: Manifest, model: str, name: str) -> None:
    found = policy.tests_of(manifest, manifest["nodes"][model], name)
    del manifest["nodes"][found[0]["unique_id"]]


def test_a_mart_that_counts_raw_rows_and_says_so_may_read_them(manifest: Manifest) -> None:
    counting = copy.deepcopy(manifest)
    _count_raw_rows_without_saying_so(counting)
    counting["nodes"][MART]["config"]["meta"] |= {"counts_raw_rows": True}
    assert list(policy.marts_read_only_their_staging(counting)) == []


def _misname(m: Manifest) -> None:
    m["nodes"][STAGING]["name"] = "staging_log"


def _ask_nothing(m: Manifest) -> None:
    m["nodes"][MART]["description"] = "Time series of profiles. Grain: one row per day."


def _describe_no_column(m: Manifest) -> None:
    m["nodes"][MART]["columns"]["followers"]["description"] = ""


def _forget_the_engine(m: Manifest) -> None:
    del m["nodes"][MART]["unrendered_config"]["engine"]


def _forget_the_key(m: Manifest) -> None:
    m["nodes"][MART]["config"]["unique_key"] = None


def _test_no_key(m: Manifest) -> None:
    _drop_test(m, "model.upbeat.mart_leaderboard", "unique_combination")


def _allow_an_empty_key(m: Manifest) -> None:
    _drop_test(m, "model.upbeat.mart_leaderboard", "not_empty")
    _drop_test(m, "model.upbeat.mart_leaderboard", "not_empty")


def _forget_the_platform(m: Manifest) -> None:
    m["nodes"]["model.upbeat.stg_coffee_campaign"]["config"]["meta"].pop("key_without_platform")


def _give_a_reason_that_is_none(m: Manifest) -> None:
    m["nodes"][MART]["config"]["meta"]["key_without_platform"] = "it has one"


def _forget_when_campaigns_were_stored(m: Manifest) -> None:
    m["sources"]["source.upbeat.coffee.campaign"]["freshness"] = None


def _forget_freshness(m: Manifest) -> None:
    m["sources"]["source.upbeat.beat.profile_log"]["freshness"]["error_after"] = None


def _read_a_source(m: Manifest) -> None:
    m["nodes"][MART]["depends_on"]["nodes"].append("source.upbeat.beat.profile_log")


def _read_foreign_staging(m: Manifest) -> None:
    m["nodes"]["model.upbeat.mart_leaderboard"]["depends_on"]["nodes"].append(STAGING)


def _count_raw_rows_without_saying_so(m: Manifest) -> None:
    _read_a_source(m)
    m["nodes"][MART]["raw_code"] += "{{ dirty_rows() }}"


def _read_the_clock(m: Manifest) -> None:
    m["nodes"][MART]["raw_code"] += " where date < today()"


def _pay_final_again(m: Manifest) -> None:
    m["nodes"][MART]["raw_code"] += " FINAL"


def _test_one_mode_only(m: Manifest) -> None:
    name = "a_day_with_a_new_row_is_computed_from_all_of_its_rows"
    m["unit_tests"] = {k: v for k, v in m["unit_tests"].items() if v["name"] != name}


def _read_the_environment(m: Manifest) -> None:
    m["nodes"][MART]["raw_code"] += "{{ env_var('HOME') }}"


def _leave_a_parent_out_of_core(m: Manifest) -> None:
    m["nodes"][STAGING]["tags"] = ["staging"]


def _describe_no_macro(m: Manifest) -> None:
    m["macros"]["macro.upbeat.size_band"]["description"] = ""


@pytest.mark.parametrize(
    ("rule", "breach"),
    [
        (policy.names_tell_layer_and_area, _misname),
        (policy.descriptions_ask_then_state_the_grain, _ask_nothing),
        (policy.columns_are_described_and_typed, _describe_no_column),
        (policy.physical_models_state_their_storage, _forget_the_engine),
        (policy.incremental_models_state_how, _forget_the_key),
        (policy.keys_are_tested, _test_no_key),
        (policy.keys_are_tested, _allow_an_empty_key),
        (policy.keys_are_tested, _forget_the_platform),
        (policy.keys_are_tested, _give_a_reason_that_is_none),
        (policy.sources_have_freshness, _forget_freshness),
        (policy.sources_have_freshness, _forget_when_campaigns_were_stored),
        (policy.marts_read_only_their_staging, _read_a_source),
        (policy.marts_read_only_their_staging, _read_foreign_staging),
        (policy.marts_read_only_their_staging, _count_raw_rows_without_saying_so),
        (policy.only_staging_pays_final, _pay_final_again),
        (policy.models_have_one_clock, _read_the_clock),
        (policy.logic_has_a_unit_test, _test_one_mode_only),
        (policy.models_read_no_environment, _read_the_environment),
        (policy.core_is_complete, _leave_a_parent_out_of_core),
        (policy.macros_are_described, _describe_no_macro),
    ],
    ids=lambda value: value.__name__.strip("_"),
)
def test_a_breach_of_the_rule_is_named(
    rule: policy.Rule, breach: Callable[[Manifest], None], manifest: Manifest
) -> None:
    broken = copy.deepcopy(manifest)
    breach(broken)
    assert list(rule(broken)) != []
