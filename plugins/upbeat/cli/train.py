"""`upbeat train …`: makes the files of `include/authenticity` anew from labelled data. Other modules add their commands."""

from __future__ import annotations

import typer

train_app = typer.Typer(
    no_args_is_help=True, help="Make trained models and tables anew from data that you have."
)


def register(app: typer.Typer) -> None:
    """Add the command group."""
    app.add_typer(train_app, name="train")
