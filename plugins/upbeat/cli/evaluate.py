"""`upbeat evaluate …`: how good models and formulas are on rows that they have not seen. Other modules add their commands."""

from __future__ import annotations

import typer

evaluate_app = typer.Typer(
    no_args_is_help=True, help="Judge models and formulas on data that they have not seen."
)


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(evaluate_app, name="evaluate")
