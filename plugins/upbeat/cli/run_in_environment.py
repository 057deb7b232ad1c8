"""`upbeat exec`: another program in the environment of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from upbeat.settings import Settings

_AIRFLOW_PROGRAMS = ("airflow", "celery")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("exec", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(execute)


def execute(
    context: typer.Context,
    program: Annotated[str, typer.Argument(help="Program; what follows are its arguments.")],
) -> None:
    """Become another program (airflow, dbt, psql, …) whose environment is that of `upbeat env`; secrets come from their files.

    What the environment says already about Airflow (`AIRFLOW…`) wins over what is derived from the settings.

    Example: upbeat exec airflow scheduler
    """
    import os

    from upbeat.errors import InputError
    from upbeat.settings import get_settings

    settings = get_settings()
    if program in _AIRFLOW_PROGRAMS:
        prepare_home(settings)
    environment = whole_environment(settings)
    try:
        os.execvpe(program, [program, *context.args], environment)  # noqa: S606 (that is what it is for)
    except OSError as error:
        raise InputError(f"program={program}: cannot be run: {error.strerror}") from error


def prepare_home(settings: Settings) -> None:
    """Airflow's home with the file of its password, each for its owner only."""
    from upbeat.embedded.airflow_database import write_passwords
    from upbeat.embedded.places import places
    from upbeat.settings import secrets_file

    where = places(settings)
    where.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    # By it a state folder is known. It stays empty: what is missing here is not made up, it would differ from process to process.
    secrets_file(where.state).touch(mode=0o600)
    where.airflow_home.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_passwords(settings, where)


def whole_environment(settings: Settings) -> dict[str, str]:
    """This process's environment, and what the settings add to it. The names of secrets' files are gone: their text is there."""
    import os

    from upbeat.embedded.environment import process_environment
    from upbeat.secret_files import secret_names
    from upbeat.settings import ENV_PREFIX, Settings

    files = {f"{ENV_PREFIX}{name.upper()}_FILE" for name in secret_names(Settings)}
    given = {name: text for name, text in os.environ.items() if name not in files}
    airflow = {name: text for name, text in given.items() if name.startswith("AIRFLOW")}
    # A command that gives the value and the value itself would be two answers: the command was asked for.
    derived = {
        name: text
        for name, text in process_environment(settings).items()
        if not {f"{name}_CMD", f"{name}_SECRET"} & airflow.keys()
    }
    return {**given, **derived, **airflow}
