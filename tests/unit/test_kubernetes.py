"""The manifests of Kubernetes are valid, and as confined as the containers of the compose file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.cli_words import assert_is_command

from upbeat.operations.deploy_secrets import make_secrets
from upbeat.secret_files import secret_names
from upbeat.settings import Settings

FOLDER = Path(__file__).parents[2] / "include" / "deploy" / "kubernetes"
MANIFESTS = sorted(path for path in FOLDER.glob("*.yaml") if path.name != "airflow-values.yaml")


def documents() -> list[dict[str, Any]]:
    return [one for path in MANIFESTS for one in yaml.safe_load_all(path.read_text(encoding="utf-8"))]


def pods() -> list[dict[str, Any]]:
    return [one["spec"]["template"]["spec"] for one in documents() if "template" in one.get("spec", {})]


def test_the_schemas_of_kubernetes_accept_them() -> None:
    command = [str(Path(sys.executable).with_name("kubernetes-validate")), "--strict", *map(str, MANIFESTS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def items(volumes: list[dict[str, Any]]) -> list[str]:
    """The secrets' files of a pod; a volume that names none would hold those of all parts."""
    (volume,) = (one for one in volumes if one["name"] == "secrets")
    assert all(item["key"] == item["path"] for item in volume["secret"]["items"])
    return [item["key"] for item in volume["secret"]["items"]]


def test_every_pod_is_confined() -> None:
    assert len(pods()) == 6
    for pod in pods():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        confined = container["securityContext"]
        assert (confined["readOnlyRootFilesystem"], confined["allowPrivilegeEscalation"]) == (True, False)
        assert confined["capabilities"] == {"drop": ["ALL"]}


def test_every_pod_gets_the_files_of_its_own_secrets_and_no_others(tmp_path: Path) -> None:
    made = make_secrets(tmp_path).made
    values = yaml.safe_load((FOLDER / "airflow-values.yaml").read_text(encoding="utf-8"))
    environments = [(pod["containers"][0]["env"], pod["volumes"], "/run/secrets/") for pod in pods()]
    environments.append((values["env"], values["volumes"], "/run/upbeat-secrets/"))
    for environment, volumes, folder in environments:
        files = [
            one["value"].removeprefix(folder) for one in environment if one["name"].startswith("UPBEAT_")
            and one["name"].endswith("_FILE")
        ]  # fmt: skip
        logins = [f"postgres_url_{part}" for part in ("api", "worker", "events", "listener")]
        assert items(volumes) in (files, files + logins)
        assert set(items(volumes)) <= set(made)


def test_every_variable_of_a_pod_is_one_of_ours_or_of_airflow() -> None:
    known = {f"UPBEAT_{name.upper()}" for name in Settings.model_fields}
    known |= {f"UPBEAT_{name.upper()}_FILE" for name in secret_names(Settings)}
    values = yaml.safe_load((FOLDER / "airflow-values.yaml").read_text(encoding="utf-8"))
    given = [one["name"] for pod in pods() for one in pod["containers"][0]["env"]]
    given += [one["name"] for one in values["env"]]
    given += [name for one in documents() if one["kind"] == "ConfigMap" for name in one["data"]]
    assert [name for name in given if name not in known and not name.startswith("AIRFLOW__")] == []


def test_every_pod_runs_a_command_of_ours() -> None:
    for pod in pods():
        (container,) = pod["containers"]
        assert_is_command(container["args"])


@pytest.mark.parametrize("kind", ["Deployment"])
def test_a_release_takes_no_process_away_before_its_successor_is_ready(kind: str) -> None:
    deployments = {one["metadata"]["name"]: one["spec"] for one in documents() if one["kind"] == kind}
    api = deployments["upbeat-api"]
    assert api["replicas"] >= 2
    assert api["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    pod = api["template"]["spec"]
    (container,) = pod["containers"]
    notice = next(
        float(one["value"]) for one in container["env"] if one["name"] == "UPBEAT_API_DRAIN_NOTICE_SECONDS"
    )
    probe = container["readinessProbe"]
    assert probe["httpGet"]["path"] == "/health/ready"
    assert notice > probe["periodSeconds"] * probe["failureThreshold"]
    drain = Settings.model_fields["api_drain_seconds"].default
    assert pod["terminationGracePeriodSeconds"] > notice + drain
    for name, spec in deployments.items():
        if name != "upbeat-api":
            least = Settings.model_fields["drain_seconds"].default
            assert spec["template"]["spec"]["terminationGracePeriodSeconds"] > least


def test_the_values_of_airflow_name_the_version_of_the_lock() -> None:
    values = yaml.safe_load((FOLDER / "airflow-values.yaml").read_text(encoding="utf-8"))
    lock = (FOLDER.parent / "requirements.txt").read_text(encoding="utf-8")
    assert f"\napache-airflow=={values['airflowVersion']} " in lock
    assert "\napache-airflow-providers-celery==" in lock
    assert "\ncelery==5.6." in lock, (
        "a newer one was not tried with the provider: start `airflow celery worker` with it first"
    )
    assert "\napache-airflow-providers-cncf-kubernetes==" in lock


def test_the_image_is_of_the_platforms_lock_with_hashes() -> None:
    def pins(path: Path) -> set[str]:
        lines = path.read_text(encoding="utf-8").splitlines()
        return {line.split(" ")[0] for line in lines if "==" in line and not line.startswith((" ", "#"))}

    image = pins(FOLDER.parent / "requirements.txt")
    whole = pins(FOLDER.parents[2] / "requirements.txt")
    assert {pin for pin in whole if not pin.startswith("setuptools")} <= image
    text = (FOLDER.parent / "requirements.txt").read_text(encoding="utf-8")
    assert text.count("--hash=sha256:") > len(image)
