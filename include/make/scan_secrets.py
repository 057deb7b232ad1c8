"""Looks for secrets in what git keeps: `python include/make/scan_secrets.py`; `--accept` writes down that what it finds is none.

What was looked at and is no secret (examples, names, passwords of tests) stands in `secrets_baseline.json` as hashes, by file. A line may move
within its file. A true secret that was committed is known to others: revoke it, then take it out.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from hashlib import sha1
from pathlib import Path
from typing import NamedTuple

BASELINE = Path(__file__).with_name("secrets_baseline.json")
_LONGEST = 2**20
# Locks have hashes of packages; tables of names and mappings have long words; the baseline has hashes itself.
_LEFT_OUT = re.compile(
    r"(^|/)requirements[\w-]*\.txt$|\.(csv|tsv|parquet|png|gz|model|jsonl)$|(^|/)secrets_baseline\.json$"
)
# The platform's own keys, which no detector of others knows.
_API_KEY = re.compile(r"upb_[a-z0-9]{12}_[0-9a-f]{64}")


_DETECTORS = (
    "AWSKeyDetector", "BasicAuthDetector", "GitHubTokenDetector", "GitLabTokenDetector", "JwtTokenDetector", "KeywordDetector",
    "OpenAIDetector", "PrivateKeyDetector", "PypiTokenDetector", "SlackDetector", "StripeDetector", "TwilioKeyDetector",
)  # fmt: skip
_ENTROPY = ({"name": "HexHighEntropyString", "limit": 3.0}, {"name": "Base64HighEntropyString", "limit": 4.5})
# Nothing that is found is sent anywhere to be verified, as the library would by itself.
_FILTERS = ("is_sequential_string", "is_potential_uuid", "is_likely_id_string", "is_templated_secret", "is_prefixed_with_dollar_sign",
            "is_indirect_reference", "is_not_alphanumeric_string", "is_lock_file", "is_swagger_file")  # fmt: skip


class Found(NamedTuple):
    """What looks like a secret; `digest` is SHA-1 of it, as detect-secrets writes it."""

    file: str
    line: int
    kind: str
    digest: str


def configure() -> None:
    """Choose what to look for; once in each process, since it costs more than a file does."""
    from detect_secrets.settings import configure_settings_from_baseline

    configure_settings_from_baseline(
        {
            "plugins_used": [*({"name": name} for name in _DETECTORS), *_ENTROPY],
            "filters_used": [{"path": f"detect_secrets.filters.heuristic.{name}"} for name in _FILTERS],
        }
    )


def scan(folder: Path, name: str) -> list[Found]:
    """What looks like a secret in a file of the folder, by `configure`. Raises `OSError`."""
    from detect_secrets.core.scan import scan_file

    path = folder / name
    if not path.is_file() or path.is_symlink() or path.stat().st_size > _LONGEST:
        return []
    found = [Found(name, one.line_number, one.type, one.secret_hash) for one in scan_file(str(path))]
    for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
        for key in _API_KEY.findall(line):
            found.append(
                Found(name, number, "Upbeat API Key", sha1(key.encode(), usedforsecurity=False).hexdigest())
            )
    return found


def scan_all(folder: Path, names: Iterable[str]) -> list[Found]:
    """As `scan`, of many files, on all cores."""
    wanted = [name for name in names if not _LEFT_OUT.search(name)]
    with ProcessPoolExecutor(initializer=configure) as pool:
        return sorted(one for found in pool.map(partial(scan, folder), wanted, chunksize=32) for one in found)


def unknown(found: Iterable[Found], baseline: dict[str, list[str]]) -> list[Found]:
    """Without what the baseline knows of the same file."""
    return [one for one in found if one.digest not in baseline.get(one.file, ())]


def baseline_of(found: Iterable[Found]) -> dict[str, list[str]]:
    """What is written down: the digests of each file, each once."""
    digests: dict[str, set[str]] = {}
    for one in found:
        digests.setdefault(one.file, set()).add(one.digest)
    return {file: sorted(those) for file, those in sorted(digests.items())}


def main(arguments: Sequence[str]) -> int:
    """Exit code 1 for a secret that is not known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accept", action="store_true", help="write down that nothing of it is a secret")
    parser.add_argument("--folder", type=Path, default=Path.cwd(), help="a checkout; default: this folder")
    options = parser.parse_args(arguments)
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=options.folder, check=True, capture_output=True, text=True,
    )  # fmt: skip
    found = scan_all(options.folder, filter(None, listed.stdout.split("\0")))
    if options.accept:
        BASELINE.write_text(json.dumps(baseline_of(found), indent=1) + "\n", encoding="utf-8")
        return 0
    new = unknown(found, json.loads(BASELINE.read_text(encoding="utf-8")))
    for one in new:
        line = f"{one.file}:{one.line}: looks like a secret ({one.kind})"
        sys.stdout.write(f"{line}: take it out and revoke it; if it is none: scan_secrets.py --accept\n")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
