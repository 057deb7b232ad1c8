"""`upbeat demo`: the tour of `make demo`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from upbeat.demo.airflow_rest import AirflowRest
    from upbeat.demo.story import CampaignRow, Change, LeaderboardRow
    from upbeat.settings import Settings


ENRICHED = 5
"""Creators of whom the language model is asked, and whose pictures are kept."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(rows: int = typer.Option(15, min=5, max=100, help="Lines of the leaderboard to print.")) -> None:
    """Collect, model, rank and publish the sandbox's creators with the real DAGs, and show the result.

    Needs a running stack.

    Example: upbeat up && upbeat demo
    """
    from rich.console import Console

    from upbeat.cli.demo_enriched import print_enriched
    from upbeat.cli.demo_where_next import print_where_next
    from upbeat.demo import enrichment, pictures, story
    from upbeat.demo.airflow_rest import AirflowRest
    from upbeat.demo.published_tables import publish_all
    from upbeat.settings import get_settings

    settings, console, started = get_settings(), Console(), time.monotonic()
    step = _Steps(console)
    airflow = AirflowRest(settings)  # before anything is written: without it there is no tour
    step("Preparing creators, history and credentials")
    story.prepare(settings, step.say)

    step("Collection: the real DAGs, one after another")
    airflow.wait_for_dags({*story.TAKE_CONF, *story.BUILD_ALL, *story.BUILD_AGAIN})
    story.run_dags(airflow, story.COLLECT, {}, step.task, step.wait)
    handles = story.collected_handles(settings, ENRICHED)
    scored = _show_audiences(settings, airflow, console, step, handles)

    step("What a language model reads out of profiles and captions, asked by a worker")
    print_enriched(console, enrichment.enrich(settings, handles))

    step("Pictures: kept under the hash of their content, before their addresses expire")
    step.say(pictures.keep(settings, handles).line())

    step("All models are built by dbt, and the leaderboard is published")
    story.run_dags(airflow, story.BUILD_ALL, {}, step.task, step.wait)
    first = story.leaderboard(settings, rows)
    _print_leaderboard(console, first, "app.leaderboard after the first collection")
    _print_campaigns(console, story.campaigns(settings))

    change = story.change_a_count(settings, first)
    step(
        f"Second collection: the sandbox now says {change.after:,} followers for @{change.handle} (was {change.before:,})"
    )
    second_round = ("ig_profiles_tracked", *story.BUILD_AGAIN)
    story.run_dags(airflow, second_round, {"handles": [change.handle]}, step.task, step.wait)
    brought_by = story.verify_change(settings, change)
    _print_leaderboard(
        console, story.leaderboard(settings, rows), "app.leaderboard after the second", change=change
    )
    console.print(
        f"The new count of @{change.handle} was brought by {brought_by}.", highlight=False, soft_wrap=True
    )

    step("The other tables of the product, published by what `upbeat sync --all` runs")
    for line in publish_all(settings).lines():
        step.say(line)
    console.print()
    print_where_next(console, settings, next(iter(scored.values()), None), time.monotonic() - started)


def _show_audiences(
    settings: Settings, airflow: AirflowRest, console: Console, step: _Steps, handles: list[str]
) -> dict[str, str]:
    """Collect followers of the first creators, score them, and print what came of it. Their ids by handle."""
    from upbeat.cli.demo_audiences import print_audiences, print_explained
    from upbeat.demo import audiences, story

    chosen = audiences.creators_to_score(settings, handles)
    step(f"Audiences: followers of {', '.join(f'@{handle}' for handle in chosen)}, collected and scored")
    ids = list(chosen.values())
    for dag_id, conf in (
        (audiences.COLLECT_FOLLOWERS, {"user_ids": ids}),
        (audiences.SCORE, {"handles": list(chosen)}),
    ):
        story.run_dags(airflow, (dag_id,), conf, step.task, step.wait)
    console.print()
    print_audiences(console, audiences.audiences(settings, ids))
    print_explained(console, audiences.likeliest_fake(settings, ids))
    return chosen


class _Steps:
    """Prints what happens, line by line: readable on a terminal and in a log."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._is_piped = not console.is_terminal  # a log has no width: its lines stay whole

    def __call__(self, title: str) -> None:
        self._console.print(f"\n[bold]{title}[/bold]", highlight=False, soft_wrap=self._is_piped)

    def say(self, text: str) -> None:
        self._console.print(f"  {self._clock()} {text}", highlight=False, soft_wrap=self._is_piped)

    def task(self, dag_id: str, states: dict[str, str]) -> None:
        shown = ", ".join(
            f"{task} {_STATE_NAMES.get(state, state)}" for task, state in sorted(states.items())
        )
        self.say(f"{dag_id}: {shown}")

    def wait(self, dag_id: str, run_id: str) -> None:
        self.say(f"{dag_id}: waits for the run {run_id}, which is before it")

    def _clock(self) -> str:
        return f"[dim]{time.monotonic() - self._started:5.0f} s[/dim]"


_WIDTH_WITH_CATEGORY = 110
_RESULTS = {
    "REACH": "per person",
    "ENGAGEMENT": "per engagement",
    "VIEWS": "per view",
    "SALES": "per order",
}
_STATE_NAMES = {"success": "[green]done[/green]", "failed": "[red]failed[/red]", "none": "waiting"}


def _print_leaderboard(
    console: Console, rows: list[LeaderboardRow], title: str, change: Change | None = None
) -> None:
    from rich.table import Table
    from rich.text import Text

    since = max((row.previous_observed_on for row in rows if row.previous_observed_on), default=None)
    table = Table(title=title, caption=f"change since {since}" if since else None, box=None, pad_edge=False)
    for name in ("rank", "change", "creator", "category", "followers", "gained", "engagement"):
        if name == "category" and console.width < _WIDTH_WITH_CATEGORY:
            continue
        left = name in ("creator", "category")
        table.add_column(name, justify="left" if left else "right", no_wrap=True)
    # Names are cut on a narrow terminal, figures never.
    creator_width = max(16, console.width - (80 if console.width >= _WIDTH_WITH_CATEGORY else 52))
    for row in rows:
        creator = Text(f"@{row.handle}")
        creator.append(f"  {row.full_name or ''}", style="dim")
        creator.truncate(creator_width, overflow="ellipsis")
        gained = row.followers - row.previous_followers if row.previous_followers is not None else None
        cells: list[str | Text] = [
            str(row.followers_rank),
            _arrow(row.rank_change),
            creator,
            *([row.category] if console.width >= _WIDTH_WITH_CATEGORY else []),
            f"{row.followers:,}",
            f"{gained:+,}" if gained is not None else "new",
            f"{row.engagement_rate:.2f} %" if row.engagement_rate is not None else "–",
        ]
        table.add_row(*cells, style="bold yellow" if change and row.handle == change.handle else None)
    console.print()
    console.print(table)
    console.print()


def _print_campaigns(console: Console, rows: list[CampaignRow]) -> None:
    from rich.table import Table
    from rich.text import Text

    wide = console.width >= _WIDTH_WITH_CATEGORY
    table = Table(title="mart_campaign_summary: made-up campaigns", box=None, pad_edge=False)
    more = ("creators", "agreed posts", "orders") if wide else ()
    for name in ("campaign", *more, "posts", "reach", "cost", "net sales", "cost per result"):
        left = name in ("campaign", "cost per result")
        table.add_column(name, justify="left" if left else "right", no_wrap=True)
    table.caption = "A result is what the campaign's goal counts; reach is in people."
    for row in rows:
        campaign = Text(row.name)
        campaign.truncate(max(12, console.width - (96 if wide else 66)), overflow="ellipsis")
        table.add_row(
            campaign,
            *((str(row.creators), _or_dash(row.agreed_posts), f"{row.orders:.0f}") if wide else ()),
            str(row.posts),
            f"{row.reach:,.0f}" if row.reach is not None else "–",
            f"{row.cost:,.0f} {row.currency}",
            f"{row.net_sales:,.0f}",
            _per_result(row),
        )
    console.print(table)
    console.print()


def _or_dash(count: int | None) -> str:
    return "–" if count is None else str(count)


def _per_result(row: CampaignRow) -> str:
    """What one result of the campaign's goal has cost, in digits that tell something: 13.25 per order, 0.0026 per person."""
    if row.cost_per_result is None:
        return "–"
    digits = 2 if row.cost_per_result >= 1 else 4
    return f"{row.cost_per_result:,.{digits}f} {_RESULTS.get(row.goal, 'per result')}"


def _arrow(change: int | None) -> str:
    if change is None:
        return "new"
    return "=" if change == 0 else f"{'▲' if change > 0 else '▼'} {abs(change)}"
