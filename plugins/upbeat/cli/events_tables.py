"""The tables of `upbeat events`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upbeat.cli.sparkline import sparkline

if TYPE_CHECKING:
    from rich.table import Table

    from upbeat.events.status import EventsStatus, KindStatus, ListenerStatus

_PLOT_WIDTH = 12  # five minutes to a bar
_WIDE = 120  # columns of a terminal that has room for everything


def status_table(status: EventsStatus, width: int) -> Table:
    """One row for each kind; queues only where a broker answers. A narrow terminal is shown what matters most."""
    from rich.table import Table

    queues = status["broker"]["used"] and status["broker"]["problem"] is None
    rows = [_cells(row, queues, width >= _WIDE) for row in status["kinds"]]
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in rows[0] if rows else ():
        table.add_column(name, justify="left" if name in ("kind", "last hour") else "right", no_wrap=True)
    for row in rows:
        table.add_row(*row.values())
    return table


def _cells(row: KindStatus, queues: bool, wide: bool) -> dict[str, str]:
    """By heading."""
    lags = row["sink"]
    cells = {
        "kind": row["kind"] if row["table"] else f"{row['kind']} (no table: they stay)",
        "new": _number(row["new"]),
        "claimed": _number(row["claimed"]),
        "age s": _seconds(row["lag_seconds"] or None),
    }
    if queues:
        cells |= {"queued": _number(row["queued"])}
        cells |= {"readers": _number(row["consumers"])} if wide else {}
        cells |= {"relay/s": _rate(row["relay"]["per_second"])}
    cells |= {"sink/s": _rate(lags["per_second"])}
    cells |= {"lag p50 s": _seconds(lags["lag_p50"])} if wide else {}
    cells |= {"p95 s": _seconds(lags["lag_p95"])}
    cells |= {"max s": _seconds(lags["lag_max"])} if wide else {}
    cells |= {"parked": _number(row["errors"] + (row["error_queued"] or 0))}
    cells |= {"last hour": sparkline(row["by_minute"], _PLOT_WIDTH)} if wide else {}
    return cells


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


def consumer_lines(row: dict[str, Any]) -> list[str]:
    """One consumer as it acts: its way on the first line, its figures on the second."""
    retried = ", refused rows are tried again" if row["retry_on_error"] else ""
    return [
        f"{row['kind']}: {row['exchange']} {row['routing_key']} → {row['queue']} → {row['table']}",
        f"  {row['consumers']} × {row['prefetch']:,} messages, batches of {row['batch_rows']:,} or {row['flush_seconds']:g} s, "
        f"{row['pack']} to a message, errors to {row['error_exchange']} {row['error_routing_key']}{retried}",
    ]


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
