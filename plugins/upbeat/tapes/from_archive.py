"""Makes a tape of what a task heard, from the raw archive. No request goes out.

The archive keeps no headers, no posted bodies and no requests without an answer: such a tape replays what can be told from bodies, and
its result is what the parsers of today read in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from upbeat.crawlers.registry import crawler_class
from upbeat.credentials import Credential, CredentialCipher
from upbeat.credentials.table import execute
from upbeat.errors import InputError
from upbeat.flows import flow_named
from upbeat.ingestion.archive import RawArchive
from upbeat.queue.status import task_details
from upbeat.records import RawPayload
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectMissingError
from upbeat.stores.postgres import async_pool
from upbeat.tapes.record import new_tape, scrubbed
from upbeat.tapes.replay import replay_run
from upbeat.tapes.scrub import Scrubber, secrets_of
from upbeat.tapes.tape import Exchange, RunResult, Tape

_SANDBOX = re.compile(r"https?://[^/]+/([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?=/|$)")


async def tape_of_task(settings: Settings, task_id: int) -> Tape:
    """The tape of a task.

    Raises:
        InputError: there is no such task, nothing of it is archived (any more), or a stored credential cannot be scrubbed.
        UnmatchedRequestError: the crawlers of today ask for something that the task did not hear.
        StoreUnavailableError: Postgres or S3 does not answer.
    """
    task = task_details(settings, task_id)
    flow = flow_named(f"{str(task['platform']).lower()}.{task['flow']}")
    payloads = _payloads(settings, task_id, (task.get("data") or {}).get("raw") or [])
    credentials = await _credentials(settings, {payload.source for payload in payloads})
    tape = new_tape(settings, flow, [task["params"]], from_archive=True)
    tape.recorded_at = min(payload.fetched_at for payload in payloads)
    tape.exchanges = [_exchange(settings, payload) for payload in payloads]
    tape.results = [RunResult(picks=_picks(tape.exchanges, credentials))]
    tape = scrubbed(tape, Scrubber(secrets_of(found.secrets for found in credentials)))
    result, _ = await replay_run(tape, 0, settings)
    tape.results = [result]
    return tape


def _payloads(settings: Settings, task_id: int, pointers: list[str]) -> list[RawPayload]:
    if not pointers:
        raise InputError(f"task {task_id}: no raw answers are archived for it")
    archive = RawArchive(settings)
    found: dict[str, RawPayload] = {}
    for key in dict.fromkeys(pointer.rpartition("#")[0] for pointer in pointers):
        try:
            found |= {archived.pointer: archived.payload for archived in archive.read(key)}
        except (ObjectMissingError, ValueError) as error:
            raise InputError(f"task {task_id}: its raw answers cannot be read: {error}") from error
    return [found[pointer] for pointer in pointers if pointer in found]


def _exchange(settings: Settings, payload: RawPayload) -> Exchange:
    return Exchange(
        run=0,
        source=payload.source,
        kind=payload.kind.value,
        method="GET",
        url=real_address(payload.url, payload.source, settings),
        params=payload.params,
        status=payload.status,
        fetched_at=payload.fetched_at,
        body=payload.body,
    )


def real_address(url: str, source: str, settings: Settings) -> str:
    """The address at the real API of a request that the sandbox, or what `source_urls` names, answered."""
    own = settings.source_urls.get(source, "").rstrip("/")
    if own and url.startswith(own):
        return crawler_class(source).base_url + url.removeprefix(own)
    if url.startswith((settings.sandbox_url(), "http://127.0.0.1:")):
        return _SANDBOX.sub(r"https://\1", url, count=1)
    return url


def _picks(exchanges: Iterable[Exchange], credentials: Iterable[Credential]) -> list[dict[str, Any]]:
    """The user ids that stand in the paths, by source: a path of the Graph API begins with one."""
    known = [(one.source, one.secrets["user_id"]) for one in credentials if one.secrets.get("user_id")]
    found: dict[str, str] = {}
    for exchange in exchanges:
        for source, user_id in known:
            if source == exchange.source and re.search(
                rf"[/.]{re.escape(user_id)}\b", exchange.url.replace("://", "/.")
            ):
                found.setdefault(source, user_id)
    return [{"source": source, "user_id": user_id} for source, user_id in found.items()]


async def _credentials(settings: Settings, sources: set[str]) -> list[Credential]:
    """Every stored credential of these sources, those that rest or are switched off too: their values are looked for in what was
    archived, and one that a source refused is the likeliest to be quoted there."""
    cipher = CredentialCipher(settings)
    async with async_pool(settings, max_size=1, application="upbeat:tape") as connections:
        rows = await execute(connections, "stored_credentials", {})
    found = []
    for identity, source, token, handle in rows:
        if source not in sources:
            continue
        secrets = cipher.decrypt(bytes(token))
        if secrets is None:
            raise InputError(
                f"credential {identity} of {source}: not readable with the keys of UPBEAT_CREDENTIAL_KEY, so that it could not "
                "be told apart from data on a tape"
            )
        found.append(Credential(identity, source, secrets, handle))
    return found
