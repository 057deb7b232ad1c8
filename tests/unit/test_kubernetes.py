"""The manifests of Kubernetes are valid, and as confined as the containers of the compose file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

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


def test_every_pod_is_confined_and_gets_its_secrets_as_files(tmp_path: Path) -> None:
    made, _ = make_secrets(tmp_path)
    files = {f"UPBEAT_{name.upper()}_FILE" for name in secret_names(Settings)}
    assert len(pods()) == 6
    for pod in pods():
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["automountServiceAccountToken"] is False
        confined = container["securityContext"]
        assert (confined["readOnlyRootFilesystem"], confined["allowPrivilegeEscalation"]) == (True, False)
        assert confined["capabilities"] == {"drop": ["ALL"]}
        for variable in container["env"]:
            if variable["name"].endswith("_FILE"):
                assert variable["name"] in files
                assert variable["value"].removeprefix("/run/secrets/") in made


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
