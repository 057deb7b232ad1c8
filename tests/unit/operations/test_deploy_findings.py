"""What a check before a release says of tables, models and settings, and the code that it ends with."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as some

from upbeat.events.raw_tables import raw_table_statements
from upbeat.operations.deploy_findings import Finding, exit_code
from upbeat.operations.deploy_models import changed_models
from upbeat.operations.deploy_settings import compared_settings, missing_secrets, unknown_variables
from upbeat.operations.deploy_tables import declared_tables
from upbeat.settings import Settings

finding = some.builds(
    Finding, some.just("part"), some.sampled_from(("problem", "change", "note")), some.text()
)


@given(some.lists(finding))
def test_the_code_is_that_of_the_worst(findings: list[Finding]) -> None:
    kinds = {one.kind for one in findings}
    assert exit_code(findings) == (1 if "problem" in kinds else 3 if "change" in kinds else 0)


def test_every_raw_table_is_read_with_its_types_and_key() -> None:
    tables = declared_tables(raw_table_statements("beat_replica"))
    made = [one for one in raw_table_statements("beat_replica") if one.startswith("CREATE TABLE")]
    assert len(tables) == len(made)
    assert all(table.columns and table.order_key for table in tables.values())
    assert tables["instagram_post"].columns["published_at"] == "Nullable(DateTime64(6,'UTC'))"
    assert "saves_count" in tables["instagram_post"].added


def model(**changed: Any) -> dict[str, Any]:
    shape = {"materialized": "incremental", "order_by": "a"}
    return {"text": "1", "shape": shape, "columns": {"a": "Int64"}, "schema": "mart", **changed}


def test_an_incremental_model_of_another_shape_has_to_be_built_anew_and_others_not() -> None:
    (text,) = changed_models({"m": model()}, {"m": model(text="2")})
    assert text.detail == {"model": "m", "change": ["text"], "full_refresh": False}
    (column,) = changed_models({"m": model()}, {"m": model(columns={"a": "Int64", "b": "String"})})
    assert "dbt run --full-refresh --select m" in column.what
    table = {"materialized": "table"}
    (plain,) = changed_models({"m": model(shape=table)}, {"m": model(shape=table, columns={})})
    assert plain.detail["full_refresh"] is False
    gone, new = changed_models({"a": model()}, {"b": model()})
    assert (gone.kind, gone.detail["change"], new.kind, new.detail["change"]) == (
        "note",
        "gone",
        "change",
        "new",
    )
    assert changed_models({"m": model()}, {"m": model()}) == []


def test_a_name_that_nothing_reads_is_a_problem_with_the_name_that_was_meant() -> None:
    variables = [
        "UPBEAT_POSTGRES_URL",
        "UPBEAT_POSTGRES_URL_FILE",
        "UPBEAT_IMAGE",
        "UPBEAT_SYNC_SSH_KEY_FILE",
        "PATH",
    ]
    assert unknown_variables(variables, ["upbeat_redis_url"]) == []
    (variable,) = unknown_variables(["UPBEAT_POSTGRES_URLL"], [])
    assert variable.what == "UPBEAT_POSTGRES_URLL is read by nothing: is UPBEAT_POSTGRES_URL meant?"
    (not_secret,) = unknown_variables(["UPBEAT_POSTGRES_PORT_FILE"], [])
    assert "is read by nothing" in not_secret.what
    (file,) = unknown_variables([], ["upbeat_redis_urll"])
    assert file.what == "the secret's file upbeat_redis_urll is read by nothing: is UPBEAT_REDIS_URL meant?"


def test_secrets_are_missed_where_they_are_needed() -> None:
    empty = {"credential_key": "", "api_secret": "x", "s3_access_key_id": "", "s3_secret_access_key": ""}
    embedded = {finding.detail["setting"] for finding in missing_secrets(Settings.model_validate(empty))}
    assert "credential_key" in embedded
    assert not {"api_secret", "s3_access_key_id"} & embedded
    own = Settings.model_validate({**empty, "s3_endpoint_url": "http://127.0.0.1:1"})
    assert {"s3_access_key_id", "s3_secret_access_key"} <= {
        one.detail["setting"] for one in missing_secrets(own)
    }


def test_settings_that_came_and_went_are_told_by_name() -> None:
    new, gone = compared_settings(["kept", "old"], {"kept": "", "fresh": "What it is."})
    assert (new.what, gone.what) == (
        "UPBEAT_FRESH is new: What it is.",
        "UPBEAT_OLD is gone: nothing reads it",
    )
