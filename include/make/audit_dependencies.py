"""Asks PyPI whether a pinned package has a known weakness: `python include/make/audit_dependencies.py`.

Nothing is asked of more than one package where the first answer shows that nobody answers: then it says so, and is no failure, unless
`--required` says that it is one. What cannot be mended yet stands in `accepted_advisories.yaml`, each with the reason and the day until which it counts.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
ACCEPTED = Path(__file__).with_name("accepted_advisories.yaml")
LOCKS = (
    "requirements.txt",
    "requirements-dev.txt",
    "include/deploy/requirements.txt",
    "include/serverless/requirements.txt",
)
"""All that is installed anywhere: by us, in the image, on Lambda."""
PROBE = "urllib3==1.24.0"
"""A version with advisories that are known for years: whoever knows none of them knows nothing."""
_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Accepted:
    """An advisory that cannot be mended yet."""

    advisory: str
    package: str
    reason: str
    until: date


@dataclass(frozen=True, slots=True)
class Weakness:
    """A known weakness of a pinned package; `fixed` are the versions without it."""

    package: str
    version: str
    advisory: str
    names: frozenset[str]
    fixed: tuple[str, ...]


def read_accepted(text: str) -> list[Accepted]:
    """The entries of the file. Raises `KeyError`, `TypeError` for what is no entry."""
    import yaml

    entries = yaml.safe_load(text) or []
    return [Accepted(one["advisory"], one["package"], one["reason"], one["until"]) for one in entries]


def weaknesses(report: dict[str, Any]) -> Iterator[Weakness]:
    """What a report of pip-audit tells."""
    for package in report["dependencies"]:
        for found in package.get("vulns", ()):
            names = frozenset({found["id"], *found["aliases"]})
            yield Weakness(
                package["name"], package["version"], found["id"], names, tuple(found["fix_versions"])
            )


def skipped(report: dict[str, Any]) -> list[str]:
    """Packages that the service does not know: nothing was learned of them."""
    return [one["name"] for one in report["dependencies"] if "skip_reason" in one]


def problems(found: Iterable[Weakness], accepted: Iterable[Accepted], today: date) -> list[str]:
    """A line for each weakness that is not accepted, once, and for each entry whose day has passed or that nothing needs any more."""
    weak, known = list(found), list(accepted)
    lines = []
    for one in weak:
        if any(entry.package == one.package and entry.advisory in one.names for entry in known):
            continue
        way_out = (
            f"take {', '.join(one.fixed)}"
            if one.fixed
            else "no version without it: see SECURITY of the package"
        )
        line = f"{one.package} {one.version}: {one.advisory}: {way_out}"
        if line not in lines:  # two locks may pin the same version
            lines.append(line)
    for entry in known:
        if entry.until < today:
            lines.append(f"{entry.package}: {entry.advisory}: was accepted until {entry.until}: look again")
        elif not any(entry.package == one.package and entry.advisory in one.names for one in weak):
            lines.append(
                f"{entry.package}: {entry.advisory}: is accepted, and no pinned package has it: take it out"
            )
    return lines


class NotAnsweredError(Exception):
    """The service of advisories does not answer; the text says how that showed."""


def ask(arguments: list[str], told: str = "") -> dict[str, Any]:
    """A report of pip-audit. Raises `NotAnsweredError`."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--format", "json"),
        *("--progress-spinner", "off", "--timeout", "10", *arguments),
    ]
    try:
        done = subprocess.run(command, input=told, capture_output=True, text=True, timeout=_SECONDS)
        report: dict[str, Any] = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise NotAnsweredError(f"no answer within {_SECONDS:.0f} s") from error
    except ValueError as error:
        raise NotAnsweredError((done.stderr.strip().splitlines() or ["no report"])[-1][-200:]) from error
    return report


def whole_report() -> dict[str, Any]:
    """What is known of the packages of all locks. Raises `NotAnsweredError`."""
    if not list(weaknesses(ask(["--requirement", "/dev/stdin"], PROBE + "\n"))):
        raise NotAnsweredError(f"nothing is said of {PROBE}")
    answers = [ask(["--requirement", str(REPOSITORY / lock)]) for lock in LOCKS]
    return {"dependencies": [one for answer in answers for one in answer["dependencies"]]}


def main(arguments: Sequence[str]) -> int:
    """Exit code 1 for a weakness that is not accepted; with `--required` also where nobody answers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--required", action="store_true", help="fail where the advisories do not answer")
    required = parser.parse_args(arguments).required
    if importlib.util.find_spec("pip_audit") is None:
        sys.stdout.write("pip-audit is not installed: make install\n")
        return 1
    try:
        report = whole_report()
    except NotAnsweredError as error:
        sys.stdout.write(f"not run: PyPI's advisories do not answer from here: {error}\n")
        return 1 if required else 0
    if unknown := skipped(report):
        sys.stdout.write(f"nothing is known of {', '.join(sorted(set(unknown)))}\n")
    lines = problems(
        weaknesses(report),
        read_accepted(ACCEPTED.read_text(encoding="utf-8")),
        datetime.now(UTC).date(),
    )
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
