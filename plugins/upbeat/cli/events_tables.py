"""The tables of `upbeat events`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from upbeat.cli.sparkline import sparkline

if TYPE_CHECKING:
    from rich.table import Table

    from upbeat.events.status import EventsStatus, KindStatus, ListenerStatus

_PLOT_WIDTH = 12  # five minutes to a bar


def status_table(status: EventsStatus) -> Table:
    """One row for each kind; queues only where a broker answers."""
    from rich.table import Table

    queues = status["broker"]["used"] and status["broker"]["problem"] is None
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("kind", no_wrap=True)
    table.add_column("table", overflow="fold")
    names = ["new", "under way", "oldest s", *(["queued", "readers", "relay/s"] if queues else []), "sink/s"]
    for name in [*names, "lag p50 s", "p95", "max", "parked"]:
        table.add_column(name, justify="right")
    table.add_column("last hour", no_wrap=True, min_width=_PLOT_WIDTH)
    for row in status["kinds"]:
        table.add_row(*_cells(row, queues))
    return table


def _cells(row: KindStatus, queues: bool) -> list[str]:
    lags = row["sink"]
    name = row["table"] or "none: its events stay"
    return [
        row["kind"],
        "" if name == row["kind"] else name,
        *(_number(row["new"]), _number(row["claimed"]), _seconds(row["lag_seconds"] or None)),
        *(
            [_number(row["queued"]), _number(row["consumers"]), _rate(row["relay"]["per_second"])]
            if queues
            else []
        ),
        _rate(lags["per_second"]),
        *(_seconds(lags["lag_p50"]), _seconds(lags["lag_p95"]), _seconds(lags["lag_max"])),
        _number(row["errors"] + (row["error_queued"] or 0)),
        sparkline(row["by_minute"], _PLOT_WIDTH),
    ]


def status_lines(status: EventsStatus) -> list[str]:
    """What the table has no room for: the broker, listeners, batches that failed, the newest parked events."""
    lines = []
    broker = status["broker"]
    if broker["problem"]:
        lines.append(f"the broker's queues are not shown: {broker['problem']}")
    elif not broker["used"]:
        lines.append("no broker is set: the sink reads the outbox itself")
    lines += [_listener_line(one) for one in status["listeners"] if broker["used"]]
    lines += [
        f"batch {one['id']} of {one['kind']} ({one['attempts']} attempts): {one['last_error']}"
        for one in status["batches"]
        if one["last_error"]
    ]
    lines += [
        f"parked {one['kind']} {one['key'] or one['id']} ({one['place']}): {one['reason']}"
        for one in status["newest_errors"]
    ]
    return lines


def _listener_line(row: ListenerStatus) -> str:
    handled = f"{row['events']:,} messages in the last minutes, {row['parked']:,} refused"
    if row["queued"] is None:
        return f"listener {row['listener']}: {handled}"
    waiting = f"{row['queued']:,} wait for {row['consumers']} readers"
    return f"listener {row['listener']}: {waiting}, {row['error_queued'] or 0:,} parked; {handled}"


def consumers_table(rows: Sequence[dict[str, Any]]) -> Table:
    """One row for each consumer as it acts."""
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in (
        "kind",
        "exchange",
        "key",
        "queue",
        "errors to",
        "consumers × prefetch",
        "batch",
        "pack",
        "retry",
        "table",
    ):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(
            *(row["kind"], row["exchange"], row["routing_key"], row["queue"]),
            f"{row['error_exchange']} {row['error_routing_key']}",
            f"{row['consumers']} × {row['prefetch']:,}",
            f"{row['batch_rows']:,} / {row['flush_seconds']:g} s",
            str(row["pack"]),
            "yes" if row["retry_on_error"] else "no",
            row["table"],
        )
    return table


def _number(value: int | None) -> str:
    return f"{value:,}" if value else "·" if value == 0 else ""


def _rate(value: float) -> str:
    if not value:
        return "·"
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def _seconds(value: float | None) -> str:
    if value is None:
        return "·"
    return f"{value:,.0f}" if value >= 100 else f"{value:.2g}"
