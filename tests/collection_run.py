"""Collection over the sandbox in a test's own database: enqueue, work, look at what is stored."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.child_process import ChildProcess

from upbeat.crawlers.registry import crawler_classes
from upbeat.credentials import store as credentials
from upbeat.embedded.settings_environment import settings_environment
from upbeat.queue.store import enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.records import Platform
from upbeat.sandbox.control import SandboxControl
from upbeat.sandbox.shipped_credentials import shipped_credentials
from upbeat.settings import Settings
from upbeat.stores.objects import ObjectStore
from upbeat.stores.postgres import connect, transaction
from upbeat.workers.pool import run_workers
from upbeat.workers.summary import WorkSummary

PROFILES = "instagram.profile_by_handle"
POSTS = "instagram.posts_by_handle"
SOURCES = tuple(crawler_classes())


@dataclass
class CollectionRun:
    """Limits are raised on both sides, leases are short; whatever a test changes goes through `settings`."""

    settings: Settings
    sandbox: SandboxControl

    def change(self, **fields: Any) -> None:
        """Change settings for what follows."""
        self.settings = self.settings.model_copy(update=fields)

    def add_credentials(self, *, owners: bool = False) -> None:
        """One valid credential per source that needs one; with `owners` that of every connected account and shop."""
        seen: set[str] = set()
        for shipped in shipped_credentials():
            if shipped.source not in seen or (owners and shipped.handle is not None):
                credentials.upsert(self.settings, shipped.source, shipped.secrets, shipped.handle)
            seen.add(shipped.source)

    def handles(self, count: int) -> list[str]:
        """The largest creators of the sandbox."""
        return [creator["handle"] for creator in self.sandbox.creators(count)]

    def enqueue(self, *handles: str, flow: str = PROFILES, key: str = "test", **fields: Any) -> int:
        """Tasks for these handles; how many were new."""
        name = flow.partition(".")[2]
        tasks = [
            NewTask(
                idempotency_key=f"{name}:{handle}:{key}",
                platform=Platform.INSTAGRAM,
                flow=name,
                params={"handle": handle},
                **fields,
            )
            for handle in handles
        ]
        with transaction(self.settings) as connection:
            return enqueue_now(connection, tasks)

    def work(self, *, flows: Sequence[str] = (PROFILES,), **options: Any) -> WorkSummary:
        """Work until nothing is left, in this process."""
        given = {"processes": 1, "concurrency": 8, "until_idle": True, "time_budget": 60.0, **options}
        return run_workers(self.settings, flows=list(flows), **given)

    def worker_process(
        self,
        *,
        flow: str = PROFILES,
        failpoint: str = "",
        concurrency: int = 4,
        until_idle: bool = True,
        processes: int = 1,
        before: str = "",
    ) -> ChildProcess:
        """`upbeat work` in a process of its own, which a failpoint may kill. `before`: Python that it runs first; processes that it
        starts do not."""
        environment = {**os.environ, **settings_environment(self.settings)}
        if failpoint:
            environment["UPBEAT_FAILPOINT"] = failpoint
        program = f"{before}\nfrom upbeat.cli import main; main()"
        command = [sys.executable, "-c", program, "work", "--flow", flow]
        command += ["--processes", str(processes), "--concurrency", str(concurrency)]
        return ChildProcess([*command, "--until-idle"] if until_idle else command, environment)

    def rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of a statement on the test's database."""
        with connect(self.settings, autocommit=True) as connection:
            return connection.execute(statement, parameters or None).fetchall()

    def count(self, table: str) -> int:
        """Rows of a table."""
        return int(self.rows(f"SELECT count(*) AS n FROM {table}")[0]["n"])

    def clear(self, tables: Sequence[str]) -> None:
        """Empty tables of the catalogue."""
        with connect(self.settings, autocommit=True) as connection:
            connection.execute(f"TRUNCATE {', '.join(tables)}")  # type: ignore[call-overload]

    def task(self, handle: str) -> dict[str, Any]:
        """The newest task of a handle."""
        return self.rows(
            "SELECT * FROM beat.scrape_request_log WHERE params ->> 'handle' = %(handle)s ORDER BY id DESC LIMIT 1",
            handle=handle,
        )[0]

    def statuses(self) -> dict[str, int]:
        """Number of tasks by state."""
        rows = self.rows("SELECT status::text, count(*) AS n FROM beat.scrape_request_log GROUP BY 1")
        return {row["status"]: row["n"] for row in rows}

    def archived(self, pointer: str) -> Any:
        """The raw answer that a pointer names."""
        from upbeat.ingestion.archive import decode_object

        key, _, line = pointer.rpartition("#")
        store = ObjectStore(self.settings, self.settings.s3_raw_bucket)
        return list(decode_object(key, store.get(key)))[int(line)].payload

    def wait_until(self, is_so: Callable[[], bool], seconds: float = 240) -> None:
        """Look until it is so; the test fails when it does not become so in time."""
        end = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < end, f"not so within {seconds} s; tasks: {self.statuses()}"
            time.sleep(0.05)

    def assert_each_observation_is_counted_once(self, handles: Sequence[str]) -> None:
        """Every handle has one row and one log entry, one event of each kind per log entry, and one of its task's end."""
        assert self.statuses() == {"COMPLETE": len(handles)}
        assert self.count("beat.instagram_account") == len(handles)
        assert self.count("beat.profile_log") == len(handles)
        events = self.rows("SELECT kind, count(*) AS n, count(DISTINCT key) AS k FROM beat.outbox GROUP BY 1")
        assert {row["kind"]: (row["n"], row["k"]) for row in events} == {
            "instagram_account": (len(handles), len(handles)),
            "profile_log": (len(handles), len(handles)),
            "task_log": (len(handles), len(handles)),
        }


@contextmanager
def collection_run(settings: Settings) -> Iterator[CollectionRun]:
    """A run whose sandbox is as at its first start, before and after, and enforces no limits in between."""
    unlimited = dict.fromkeys(SOURCES, "1000000/h")
    fast = {
        "source_limits": unlimited,
        "limit_handle": "1000/s",
        "task_lease_seconds": 2.0,
        "stuck_after_seconds": 1.0,
    }
    with SandboxControl(settings.sandbox_url(), timeout=240) as sandbox:
        sandbox.reset()
        sandbox.lift_limits()
        try:
            yield CollectionRun(settings.model_copy(update=fast), sandbox)
        finally:
            sandbox.reset()
