"""Creators with followers and comments in Postgres, workers that score them, and what became of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.child_process import ChildProcess

from upbeat.embedded.settings_environment import settings_environment
from upbeat.events.drain import drain
from upbeat.flows import flow_named
from upbeat.queue.store import enqueue_now
from upbeat.queue.tasks import NewTask
from upbeat.settings import Settings
from upbeat.stores import clickhouse
from upbeat.stores.postgres import connect, transaction
from upbeat.workers.pool import run_workers
from upbeat.workers.summary import WorkSummary

FLOWS = ("instagram.follower_scores", "instagram.commenter_scores", "instagram.audience_quality")
ACCOUNT = (
    "INSERT INTO beat.instagram_account (profile_id, handle, full_name, followers_count, following_count, posts_count, source, observed_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, 'test', now())"
)
FOLLOWER = (
    "INSERT INTO beat.follower (platform, profile_id, account_id, handle, full_name, profile_pic_url, source, observed_at)"
    " VALUES ('INSTAGRAM', %s, %s, %s, %s, %s, 'test', now() - %s * interval '1 day')"
)
POST = "INSERT INTO beat.instagram_post (post_id, profile_id, handle, source, observed_at) VALUES (%s, %s, 'h', 'test', now())"
COMMENT = (
    "INSERT INTO beat.comment (platform, comment_id, post_id, author_id, author_handle, author_name, source, observed_at)"
    " VALUES ('INSTAGRAM', %s, %s, %s, %s, %s, 'test', now() + %s * interval '1 second')"
)


@dataclass
class AudienceBench:
    """A test's own database with audiences in it."""

    settings: Settings
    _tasks: int = field(default=0)

    def account(
        self, profile_id: str, handle: str, followers: int = 5_000, following: int = 300, posts: int = 40
    ) -> None:
        """A collected account."""
        self._insert(ACCOUNT, [(profile_id, handle, None, followers, following, posts)])

    def follow(
        self, profile_id: str, people: Sequence[tuple[str, str | None, str | None]], *, days_ago: int = 0
    ) -> None:
        """Followers as (account id, handle, name)."""
        rows = [(profile_id, number, handle, name, None, days_ago) for number, handle, name in people]
        self._insert(FOLLOWER, rows)

    def post(
        self, profile_id: str, post_id: str, authors: Sequence[tuple[str, str | None, str | None]]
    ) -> None:
        """A post with a comment of each author, the later the newer."""
        self._insert(POST, [(post_id, profile_id)])
        rows = [(f"{post_id}-{n}", post_id, *author, n) for n, author in enumerate(authors)]
        self._insert(COMMENT, rows)

    def enqueue(self, flow: str, **params: Any) -> None:
        """One task."""
        self._tasks += 1
        known = flow_named(flow)
        task = NewTask(
            idempotency_key=f"{flow}:{self._tasks}",
            platform=known.platform,
            flow=known.name,
            params=known.validate(params),
        )
        with transaction(self.settings) as connection:
            enqueue_now(connection, [task])

    def work(self) -> WorkSummary:
        """Until nothing is left, in this process."""
        return run_workers(
            self.settings, flows=FLOWS, processes=1, concurrency=4, until_idle=True, time_budget=60
        )

    def worker_killed_at(self, failpoint: str) -> int:
        """The exit code of a worker process that dies at this point."""
        environment = {
            **os.environ,
            **settings_environment(self.settings),
            "UPBEAT_FAILPOINT": failpoint,
        }
        command = [sys.executable, "-c", "from upbeat.cli import main; main()", "work", "--until-idle"]
        process = ChildProcess([*command, "--processes", "1", "--flow", FLOWS[0]], environment)
        process.communicate(timeout=240)
        return process.returncode

    def rows(self, statement: str) -> list[dict[str, Any]]:
        """Rows of Postgres."""
        with connect(self.settings, autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    def last_task(self) -> dict[str, Any]:
        """The task that was enqueued last."""
        return self.rows("SELECT * FROM beat.scrape_request_log ORDER BY id DESC LIMIT 1")[0]

    def warehouse(self, statement: str) -> list[dict[str, Any]]:
        """Rows of the raw tables, with all events in them."""
        summary = drain(self.settings, time_budget=60, until_empty=True)
        assert summary.parked == 0, self.rows("SELECT kind, reason FROM beat.outbox_error")
        client = clickhouse.client(self.settings, database=self.settings.clickhouse_raw_database)
        found = list(client.query(statement).named_results())
        client.close()
        return found

    def _insert(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        with transaction(self.settings) as connection, connection.cursor() as cursor:
            cursor.executemany(statement, rows)
