"""Records of the stream as facts of the platform; what is none, as rows to set aside. Pure."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import MISSING, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from upbeat.records import FollowerScore
from upbeat.serverless.batch import UnreadableBatchError
from upbeat.serverless.results import Results, decode_results
from upbeat.stores.kinesis import StreamRecord

SOURCE = "lambda"
"""Who says so, in the scores."""
MOST_AHEAD = timedelta(days=1)
"""Of our clock: a score of the year 2206 would keep out all scores until then."""

_HEAD = {"platform", "source", "observed_at", "profile_id", "relation", "sample_id", "scorer_version", "names_version", "model_version"}  # fmt: skip
_FIELDS = {one.name for one in fields(FollowerScore)} - _HEAD
_NEEDED = {one.name for one in fields(FollowerScore) if one.default is MISSING} - _HEAD


@dataclass(frozen=True, slots=True)
class SetAside:
    """What is no score. `key` names it: the same one read again has the same key."""

    key: str
    payload: Any
    observed_at: datetime
    reason: str


@dataclass(slots=True)
class Found:
    """What a page of records holds."""

    scores: list[FollowerScore] = field(default_factory=list)
    set_aside: list[SetAside] = field(default_factory=list)


def read_records(shard: str, records: Iterable[StreamRecord]) -> Found:
    """The scores in records of a shard. A record or a score that cannot be read costs itself alone."""
    found = Found()
    for record in records:
        try:
            results = decode_results(record.data)
            if results.audience.at > datetime.now(UTC) + MOST_AHEAD:
                raise UnreadableBatchError("at: lies in the future")
        except UnreadableBatchError as error:
            payload = {"data": b64encode(record.data).decode()}
            now = datetime.now(UTC)
            found.set_aside.append(SetAside(f"{shard}:{record.sequence}", payload, now, f"record {error}"))
            continue
        _add(found, results)
    return found


def key_of_score(score: FollowerScore) -> str:
    """As its event has it."""
    return ":".join((score.platform, score.profile_id, score.relation, score.account_id))


def _add(found: Found, results: Results) -> None:
    head, at = results.audience, results.audience.at
    for place, score in enumerate(results.scores):
        missing = sorted(name for name in _NEEDED if score.get(name) is None)
        if missing:
            key = f"{results.batch}:score:{place}"
            found.set_aside.append(SetAside(key, score, at, f"no {', '.join(missing)} in the score"))
            continue
        if not all(isinstance(score[name], str) for name in ("account_id", "handle")):
            key = f"{results.batch}:score:{place}"
            found.set_aside.append(SetAside(key, score, at, "account_id or handle of the score is no text"))
            continue
        told: dict[str, Any] = {name: score.get(name) for name in _FIELDS}
        found.scores.append(
            FollowerScore(
                platform=head.platform,
                source=SOURCE,
                observed_at=at,
                profile_id=head.profile_id,
                relation=head.relation,
                sample_id=head.sample_id,
                scorer_version=results.versions.scorer,
                names_version=results.versions.names,
                model_version=None if score.get("model_probability") is None else results.versions.model,
                **told,
            )
        )
    for reject in results.rejects:
        key = f"{results.batch}:{reject.get('place')}"
        reason = f"could not be scored: {reject.get('reason')}"
        found.set_aside.append(SetAside(key, reject.get("row"), at, reason))
