"""The form of a record on the stream: gzipped JSON, the scores of one message or a part of them. Pure.

The head is that of the message (`batch`, `platform`, `profile_id`, `relation`, `sample_id`, `at`) with the versions of
what scored; `scores` has one object for each account, `rejects` what could not be scored, each with `place`, `reason` and
`row`. The same scores give the same bytes.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

import orjson

from upbeat.authenticity.follower import ModelScore, RuleScore
from upbeat.serverless.batch import Audience, Batch, Listed, Reject, UnreadableBatchError, read_audience

SCORES_OF_A_RECORD = 1_000
"""About 100 KiB: a shard takes 1 MiB a second, and a lost record costs little to send again."""
MOST_BYTES_UNPACKED = 64 * 2**20
MOST_CHARACTERS_OF_A_REJECT = 2_000

_RULE_FIELDS = tuple(field.name for field in fields(RuleScore))


@dataclass(frozen=True, slots=True)
class Versions:
    """Of what scored."""

    scorer: str
    names: str | None
    model: str | None


@dataclass(frozen=True, slots=True)
class Results:
    """A record that was read. `scores` are as they were written: fields of a score, by name."""

    batch: str
    audience: Audience
    versions: Versions
    scores: list[dict[str, Any]]
    rejects: list[dict[str, Any]]


def encode_results(
    batch: Batch,
    rules: Sequence[RuleScore],
    told: Sequence[ModelScore | None],
    versions: Versions,
) -> Iterator[bytes]:
    """The records of a message that was scored: at least one, so that no message goes by without a trace."""
    scores = [_score(*one) for one in zip(batch.accounts, rules, told, strict=True)]
    rejects = [_reject(one) for one in batch.rejects]
    for start in range(0, max(len(scores), 1), SCORES_OF_A_RECORD):
        record = {
            **_head(batch, versions),
            "scores": scores[start : start + SCORES_OF_A_RECORD],
            "rejects": rejects if start == 0 else [],
        }
        yield gzip.compress(orjson.dumps(record), compresslevel=6, mtime=0)


def decode_results(data: bytes) -> Results:
    """A record of the stream.

    Raises:
        UnreadableBatchError: it is none of ours.
    """
    record = _unpacked(data)
    scores, rejects = _objects(record, "scores"), _objects(record, "rejects")
    versions = Versions(
        str(record.get("scorer_version") or ""), record.get("names_version"), record.get("model_version")
    )
    return Results(str(record.get("batch")), read_audience(record), versions, scores, rejects)


def _unpacked(data: bytes) -> dict[str, Any]:
    """The object in a record, bounded: a small record can unpack to very much."""
    unpacking = zlib.decompressobj(wbits=31)
    try:
        text = unpacking.decompress(data, MOST_BYTES_UNPACKED)
        record = orjson.loads(text) if unpacking.eof else None
    except (zlib.error, orjson.JSONDecodeError):
        record = None
    if not isinstance(record, dict):
        raise UnreadableBatchError("is no gzipped JSON object")
    return record


def _objects(record: dict[str, Any], name: str) -> list[dict[str, Any]]:
    value = record.get(name)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise UnreadableBatchError(f"{name}: is no list of objects")
    return value


def _head(batch: Batch, versions: Versions) -> dict[str, Any]:
    audience = batch.audience
    return {
        "batch": batch.id,
        "platform": audience.platform.value,
        "profile_id": audience.profile_id,
        "relation": audience.relation,
        "sample_id": audience.sample_id,
        "at": audience.at.isoformat(),
        "scorer_version": versions.scorer,
        "names_version": versions.names,
        "model_version": versions.model,
    }


def _score(account: Listed, rules: RuleScore, told: ModelScore | None) -> dict[str, Any]:
    score: dict[str, Any] = {
        "account_id": account.account_id,
        "handle": account.follower.handle,
        "full_name": account.follower.full_name,
    }
    score |= {name: getattr(rules, name) for name in _RULE_FIELDS}
    if rules.latin_name is None:
        score["similarity"] = None
    if told is not None:
        score["model_probability"] = told.probability
        score["model_reasons"] = [[feature, round(share, 4)] for feature, share in told.reasons]
    return score


def _reject(reject: Reject) -> dict[str, Any]:
    row = orjson.dumps(reject.row).decode()
    kept = reject.row if len(row) <= MOST_CHARACTERS_OF_A_REJECT else row[:MOST_CHARACTERS_OF_A_REJECT]
    return {"place": reject.place, "reason": reject.reason, "row": kept}
