"""The tour's pictures: those of a few creators, kept as `assets_ig_profile_pictures` does it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upbeat.assets.served import asset_url
from upbeat.settings import Settings
from upbeat.stores.postgres import connect, transaction

FLOW = "instagram.instagram_picture"
WINDOW = "demo"
TIME_BUDGET_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class KeptPictures:
    """How many there are of the creators, their bytes, and where one of them is served."""

    pictures: int
    bytes: int
    example: str | None

    def line(self) -> str:
        """What the tour says."""
        if self.example is None:
            return "no picture was kept: `upbeat queue --failed` says why"
        return f"{self.pictures} profile pictures kept, {self.bytes:,} bytes; one of them: {self.example}"


def keep(settings: Settings, handles: Sequence[str]) -> KeptPictures:
    """Keep the pictures of these creators. A second tour fetches nothing that is kept already."""
    from upbeat.flows import flow_named
    from upbeat.queue.store import enqueue_now
    from upbeat.queue.tasks import NewTask
    from upbeat.workers.pool import run_workers

    flow = flow_named(FLOW)
    with transaction(settings, application="upbeat:demo") as connection:
        rows = connection.execute(
            "SELECT profile_id FROM beat.instagram_account WHERE handle = ANY(%s) ORDER BY profile_id",
            (list(handles),),
        ).fetchall()
        tasks = [
            NewTask(
                idempotency_key=f"{flow.platform.lower()}:{flow.name}:{row['profile_id']}:{WINDOW}",
                platform=flow.platform,
                flow=flow.name,
                params=flow.validate({"user_id": row["profile_id"]}),
            )
            for row in rows
        ]
        enqueue_now(connection, tasks)
    run_workers(settings, flows=(FLOW,), processes=1, until_idle=True, time_budget=TIME_BUDGET_SECONDS)
    return _kept(settings, [row["profile_id"] for row in rows])


def _kept(settings: Settings, profile_ids: Sequence[str]) -> KeptPictures:
    with connect(settings) as connection:
        row = connection.execute(
            """
            SELECT count(*) AS pictures, coalesce(sum(size_bytes), 0)::bigint AS bytes, min(object_key) AS example
            FROM beat.asset
            WHERE platform = 'INSTAGRAM' AND subject_kind = 'profile_picture' AND status = 'stored' AND subject_id = ANY(%s)
            """,
            (list(profile_ids),),
        ).fetchone()
    if row is None or row["example"] is None:
        return KeptPictures(0, 0, None)
    url = asset_url(settings, row["example"])
    api = f"http://127.0.0.1:{settings.api_port}" if url.startswith("/") else ""
    return KeptPictures(row["pictures"], row["bytes"], api + url)
