"""What every dbt model keeps to, read from a manifest. Each rule yields one line per violation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

Manifest = dict[str, Any]
Node = dict[str, Any]
Rule = Callable[[Manifest], Iterator[str]]

PHYSICAL = ("table", "incremental")
DESCRIPTION = re.compile(r"^[A-Z][^?.]*\?\s+Grain: one row per \S+")


def models(manifest: Manifest) -> list[Node]:
    """The models of the project."""
    return [n for n in manifest["nodes"].values() if n["resource_type"] == "model"]


def tests_of(manifest: Manifest, model: Node, name: str) -> list[Node]:
    """The generic tests called `name` on a model."""
    return [
        n
        for n in manifest["nodes"].values()
        if n["resource_type"] == "test"
        and n.get("attached_node") == model["unique_id"]
        and (n.get("test_metadata") or {}).get("name") == name
    ]


def key_of(manifest: Manifest, model: Node) -> list[str]:
    """The columns that the test `unique_combination` holds unique; empty without one."""
    found = tests_of(manifest, model, "unique_combination")
    return list(found[0]["test_metadata"]["kwargs"]["columns"]) if len(found) == 1 else []


def names_tell_layer_and_area(manifest: Manifest) -> Iterator[str]:
    """`staging/<area>/stg_<area>_…` or `marts/<area>/mart_…`, in the database of the layer."""
    for model in models(manifest):
        layer, area, name = model["fqn"][1], model["fqn"][2], model["name"]
        prefix, database = (f"stg_{area}_", "staging") if layer == "staging" else ("mart_", "mart")
        if layer not in ("staging", "marts") or not name.startswith(prefix) or model["schema"] != database:
            yield f"{name}: belongs to staging/<area>/stg_<area>_… or marts/<area>/mart_…, not to {layer}/{area}"


def descriptions_ask_then_state_the_grain(manifest: Manifest) -> Iterator[str]:
    """`Which …? Grain: one row per …`"""
    for model in models(manifest):
        if not DESCRIPTION.match(model["description"]):
            yield f"{model['name']}: the description is not `<question>? Grain: one row per …`"


def columns_are_described_and_typed(manifest: Manifest) -> Iterator[str]:
    """All of them, and the contract holds the query to the types."""
    for model in models(manifest):
        if not model["config"]["contract"]["enforced"] or not model["columns"]:
            yield f"{model['name']}: no enforced contract with columns"
        for column in model["columns"].values():
            if not column["description"] or not column["data_type"]:
                yield f"{model['name']}.{column['name']}: no description or no data_type"


def physical_models_state_their_storage(manifest: Manifest) -> Iterator[str]:
    """Engine and order key: the adapter would silently take MergeTree ordered by nothing."""
    for model in models(manifest):
        if model["config"]["materialized"] in PHYSICAL:
            for wanted in ("engine", "order_by"):
                if not model["unrendered_config"].get(wanted):
                    yield f"{model['name']}: {wanted} is not stated"


def incremental_models_state_how(manifest: Manifest) -> Iterator[str]:
    """Strategy, key and what a changed column set does: without a key the adapter silently appends."""
    for model in models(manifest):
        config = model["config"]
        if config["materialized"] != "incremental":
            continue
        if not config.get("incremental_strategy") or config.get("unique_key") != key_of(manifest, model):
            yield f"{model['name']}: incremental_strategy or unique_key is missing, or not the tested key"
        if config.get("on_schema_change") not in ("fail", "append_new_columns"):
            yield f"{model['name']}: on_schema_change is neither `fail` nor `append_new_columns`"


def keys_are_tested(manifest: Manifest) -> Iterator[str]:
    """One unique combination with platform in it, or with a reason why not (`meta.key_without_platform`); no key column can be missing,
    as null or as ''."""
    for model in models(manifest):
        name, key = model["name"], key_of(manifest, model)
        if not key:
            yield f"{name}: no one test `unique_combination`"
        reason = model["config"]["meta"].get("key_without_platform")
        if "platform" in key and reason:
            yield f"{name}: key_without_platform, and platform is in the key"
        elif "platform" not in key and not reason:
            yield f"{name}: no platform in the key, and no reason for it in `meta.key_without_platform`"
        not_empty = {t["column_name"] for t in tests_of(manifest, model, "not_empty")}
        for column in key:
            data_type = (model["columns"].get(column) or {}).get("data_type") or ""
            if not data_type or "Nullable" in data_type:
                yield f"{name}.{column}: a key column that is unknown or Nullable"
            if data_type == "String" and column not in not_empty:
                yield f"{name}.{column}: a text key without the test `not_empty`"


def sources_have_freshness(manifest: Manifest) -> Iterator[str]:
    """Both limits, by the ingestion time. Of what is read live (`meta.live`), by the time at which it was stored there; members that
    are stored with their owner name it (`meta.freshness_told_by`)."""
    told = {s["name"] for s in manifest["sources"].values() if _limits(s)}
    for source in manifest["sources"].values():
        meta = source["config"]["meta"]
        fields = ("stored_at", "at") if meta.get("live") else ("_ingested_at",)
        if (owner := meta.get("freshness_told_by")) and meta.get("live"):
            if owner not in told:
                yield f"source {source['name']}: its freshness is to be told by {owner}, which has none"
        elif not _limits(source) or source["loaded_at_field"] not in fields:
            yield f"source {source['name']}: no freshness by {' or '.join(fields)}"


def _limits(source: Node) -> bool:
    freshness = source["freshness"] or {}
    return all((freshness.get(k) or {}).get("count") for k in ("warn_after", "error_after"))


def marts_read_only_their_staging(manifest: Manifest) -> Iterator[str]:
    """Never a source (but to count what staging leaves out: `meta.counts_raw_rows`), and only the staging areas that
    `meta.reads_staging` of their area names."""
    for model in models(manifest):
        if model["fqn"][1] != "marts":
            continue
        allowed = model["config"]["meta"].get("reads_staging", [])
        for parent in model["depends_on"]["nodes"]:
            if parent.startswith("source."):
                if "dirty_rows(" not in model["raw_code"] or not model["config"]["meta"].get(
                    "counts_raw_rows"
                ):
                    yield f"{model['name']}: reads {parent}"
            elif (fqn := manifest["nodes"][parent]["fqn"])[1] == "staging" and fqn[2] not in allowed:
                yield f"{model['name']}: reads staging/{fqn[2]}, which its area does not declare"


def only_staging_pays_final(manifest: Manifest) -> Iterator[str]:
    """FINAL over a whole table costs ten times a plain read: marts read rows that are unique already."""
    for model in models(manifest):
        if model["fqn"][1] == "marts" and re.search(r"\bfinal\b", model["raw_code"], re.I):
            yield f"{model['name']}: reads with FINAL"


def logic_has_a_unit_test(manifest: Manifest) -> Iterator[str]:
    """Every model; an incremental one in both of its modes."""
    overrides: dict[str, set[bool]] = {}
    for test in manifest["unit_tests"].values():
        macros = (test["overrides"] or {}).get("macros", {})
        overrides.setdefault(test["model"], set()).add(bool(macros.get("is_incremental", False)))
    for model in models(manifest):
        wanted = {False, True} if model["config"]["materialized"] == "incremental" else {False}
        if not wanted <= overrides.get(model["name"], set()):
            yield f"{model['name']}: no unit test, or not in both modes of an incremental model"


def models_read_no_environment(manifest: Manifest) -> Iterator[str]:
    """An environment variable in a model makes dbt parse it anew whenever the variable differs."""
    for model in models(manifest):
        if "env_var(" in model["raw_code"]:
            yield f"{model['name']}: reads the environment"


def models_have_one_clock(manifest: Manifest) -> Iterator[str]:
    """`current_moment()`: a test stops it, and a run can be told another time."""
    for model in models(manifest):
        if found := re.search(r"\b(now|now64|today|yesterday)\s*\(", model["raw_code"]):
            yield f"{model['name']}: reads the clock by {found[1]}(), not by current_moment()"


def core_is_complete(manifest: Manifest) -> Iterator[str]:
    """`dbt run --select tag:core` works on a fresh database: parents of core models are core."""
    for model in models(manifest):
        if "core" not in model["tags"]:
            continue
        for parent in model["depends_on"]["nodes"]:
            if parent.startswith("model.") and "core" not in manifest["nodes"][parent]["tags"]:
                yield f"{model['name']}: is core, its parent {parent} is not"


def macros_are_described(manifest: Manifest) -> Iterator[str]:
    """In `_macros.yml`; generic tests speak for themselves."""
    for macro in manifest["macros"].values():
        ours = macro["package_name"] == "upbeat" and not macro["name"].startswith("test_")
        if ours and not macro["description"]:
            yield f"macro {macro['name']}: no description"


RULES: tuple[Rule, ...] = (
    names_tell_layer_and_area,
    descriptions_ask_then_state_the_grain,
    columns_are_described_and_typed,
    physical_models_state_their_storage,
    incremental_models_state_how,
    keys_are_tested,
    sources_have_freshness,
    marts_read_only_their_staging,
    only_staging_pays_final,
    logic_has_a_unit_test,
    models_read_no_environment,
    models_have_one_clock,
    core_is_complete,
    macros_are_described,
)
