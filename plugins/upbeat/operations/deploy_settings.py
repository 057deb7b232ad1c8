"""Settings before a release: variables that nothing reads, secrets that are missing, and what is new since the last release."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import orjson
from dotenv import dotenv_values

from upbeat.operations.deploy_findings import Finding
from upbeat.secret_files import FOLDER_VARIABLE, secret_names, secrets_folder
from upbeat.settings import DOTENV_VARIABLE, ENV_PREFIX, Settings, dotenv_file
from upbeat.stores.objects import ObjectMissingError, ObjectStore

KEPT = "deployed/settings.json"
# Read by dbt's profile and by docker-compose.yml, not by the settings class.
OTHER_VARIABLES = frozenset(
    f"{ENV_PREFIX}{name}"
    for name in (
        "CLICKHOUSE_HOST", "CLICKHOUSE_PORT", "CLICKHOUSE_SECURE", "CLICKHOUSE_DATABASE_ENGINE", "IMAGE", "SECRETS", "SITE",
        "AIRFLOW_SITE", "AIRFLOW_URL", "EXECUTOR", "LARGEST_BODY",
    )
) | {DOTENV_VARIABLE, FOLDER_VARIABLE}  # fmt: skip
# A secret is needed when the setting is set (None: always).
NEEDED = {
    "credential_key": None,
    "api_secret": None,
    "airflow_fernet_key": None,
    "airflow_jwt_secret": None,
    "postgres_warehouse_password": None,
    "clickhouse_password": "clickhouse_url",
    "s3_access_key_id": "s3_endpoint_url",
    "s3_secret_access_key": "s3_endpoint_url",
}


def setting_findings(settings: Settings) -> list[Finding]:
    """What is to be said of the settings; no value is told. Raises StoreUnavailableError."""
    given = {*os.environ, *dotenv_values(dotenv_file())}
    files = [path.name for path in secrets_folder().glob(f"{ENV_PREFIX.lower()}*") if path.is_file()]
    return [*unknown_variables(given, files), *missing_secrets(settings), *_new_settings(settings)]


def unknown_variables(variables: Iterable[str], files: Iterable[str]) -> list[Finding]:
    """Names that begin as ours do and that nothing reads: a wrong letter sets nothing, and says nothing."""
    known = {f"{ENV_PREFIX}{name.upper()}" for name in Settings.model_fields} | OTHER_VARIABLES
    secrets = {f"{ENV_PREFIX}{name.upper()}" for name in secret_names(Settings)}
    known |= {f"{name}_FILE" for name in secrets}
    found = [
        _unknown(name, name, known)
        for name in sorted(variables)
        if name.startswith(ENV_PREFIX) and name not in known
    ]
    found += [
        _unknown(f"the secret's file {name}", name.upper(), secrets)
        for name in sorted(files)
        if name.upper() not in secrets
    ]
    return found


def missing_secrets(settings: Settings) -> list[Finding]:
    """Secrets without which a part cannot run."""
    found = []
    for name, wanted_by in NEEDED.items():
        needed = wanted_by is None or getattr(settings, wanted_by) is not None
        if needed and not getattr(settings, name).get_secret_value():
            variable = f"{ENV_PREFIX}{name.upper()}"
            what = f"{variable} is not set: put it into a file that {variable}_FILE names"
            found.append(Finding("settings", "problem", what, {"setting": name}))
    return found


def keep_setting_names(settings: Settings) -> None:
    """Keep which settings the deployed code knows: names and no values."""
    store = ObjectStore(settings, settings.s3_operations_bucket)
    store.create_bucket()
    store.put(KEPT, orjson.dumps(sorted(Settings.model_fields)))


def compared_settings(before: Iterable[str], after: Mapping[str, str]) -> list[Finding]:
    """The settings that came and went; `after` has their descriptions."""
    known = set(before)
    found = [
        Finding("settings", "note", f"{ENV_PREFIX}{name.upper()} is new: {text}", {"setting": name})
        for name, text in after.items()
        if name not in known
    ]
    gone = sorted(known - set(after))
    return found + [
        Finding(
            "settings", "note", f"{ENV_PREFIX}{name.upper()} is gone: nothing reads it", {"setting": name}
        )
        for name in gone
    ]


def _new_settings(settings: Settings) -> list[Finding]:
    store = ObjectStore(settings, settings.s3_operations_bucket)
    try:
        before = orjson.loads(store.get(KEPT))
    except ObjectMissingError:
        return []
    return compared_settings(
        before, {name: field.description or "" for name, field in Settings.model_fields.items()}
    )


def _unknown(told: str, name: str, known: Iterable[str]) -> Finding:
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.8)
    hint = f": is {close[0]} meant?" if close else ""
    return Finding("settings", "problem", f"{told} is read by nothing{hint}", {"variable": name})
