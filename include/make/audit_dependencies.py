"""Asks PyPI whether a pinned package has a known weakness: `python include/make/audit_dependencies.py`.

Nothing is asked of more than one package where the first answer shows that nobody answers: then it says so, and is no failure. What cannot be
mended yet stands in `accepted_advisories.yaml`, each with the reason and the day until which it counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
ACCEPTED = Path(__file__).with_name("accepted_advisories.yaml")
LOCKS = ("requirements.txt", "requirements-dev.txt")
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
    """A line for each weakness that is not accepted, and for each entry whose day has passed or that nothing needs any more."""
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
        lines.append(f"{one.package} {one.version}: {one.advisory}: {way_out}")
    for entry in known:
        if entry.until < today:
            lines.append(f"{entry.package}: {entry.advisory}: was accepted until {entry.until}: look again")
        elif not any(entry.package == one.package and entry.advisory in one.names for one in weak):
            lines.append(
                f"{entry.package}: {entry.advisory}: is accepted, and no pinned package has it: take it out"
            )
    return lines


def ask(arguments: list[str], told: str = "") -> dict[str, Any] | None:
    """A report of pip-audit; None where the service does not answer."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--format", "json"),
        *("--progress-spinner", "off", "--timeout", "10", *arguments),
    ]
    try:
        done = subprocess.run(command, input=told, capture_output=True, text=True, timeout=_SECONDS)
        report: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    return report


def main() -> int:
    """Exit code 1 for a weakness that is not accepted."""
    probe = ask(["--requirement", "/dev/stdin"], PROBE + "\n")
    if probe is None or not list(weaknesses(probe)):
        sys.stdout.write("not run: PyPI's advisories do not answer from here\n")
        return 0
    report: dict[str, Any] = {"dependencies": []}
    for lock in LOCKS:
        answer = ask(["--requirement", str(REPOSITORY / lock)])
        if answer is None:
            sys.stdout.write(f"not run for {lock}: PyPI's advisories stopped answering\n")
            return 0
        report["dependencies"] += answer["dependencies"]
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
    sys.exit(main())
