"""How the tour shows what the sandbox's language model told."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from upbeat.demo.enrichment import EnrichedCreator

_WIDE = 110


def print_enriched(console: Console, rows: list[EnrichedCreator]) -> None:
    """One line per creator; on a narrow terminal without topics and cities."""
    from rich.table import Table

    if not rows:
        return
    wide = console.width >= _WIDE
    table = Table(title="beat.enrichment: answers of the sandbox, made up", box=None, pad_edge=False)
    for name in ("creator", "category", "language", "sure", *(("topics", "audience in") if wide else ())):
        table.add_column(name, justify="right" if name == "sure" else "left", no_wrap=name == "creator")
    for row in rows:
        cities = ", ".join(f"{city} {share:.0%}" for city, share in row.cities[:2])
        table.add_row(
            f"@{row.handle}",
            row.category or "–",
            row.language or "–",
            "–" if row.confidence is None else f"{row.confidence:.0%}",
            *((", ".join(row.topics[:3]), cities) if wide else ()),
        )
    asked = rows[0]
    table.caption = f"No real model was asked ({asked.model} is its stand-in here, prompt {asked.prompt_version}), and no money spent."
    console.print()
    console.print(table)
    console.print()
