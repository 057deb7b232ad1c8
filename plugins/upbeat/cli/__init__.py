"""The command line, `upbeat …`: one module per group of commands; each has `register(app)`.

A module of this package without `register` holds something that commands share. Heavy imports stand inside the
commands, so that `upbeat --help` answers at once.
"""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module

import typer

from upbeat.errors import InputError, StoreUnavailableError, UpbeatError

app = typer.Typer(
    name="upbeat",
    help="Collects public data on creators, models it in ClickHouse, ranks and publishes it. Airflow runs all of it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# The stack comes first in the help: nothing else works without it.
_FIRST = ("stack", "settings_table", "demo")


def _module_names() -> list[str]:
    names = [module.name for module in pkgutil.iter_modules(__path__) if module.name != "__main__"]
    return sorted(names, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name))


for _name in _module_names():
    if _register := getattr(import_module(f"{__name__}.{_name}"), "register", None):
        _register(app)


def main() -> None:
    """Run the command line: exit code 2 and one line for input that cannot be used, 1 for what went wrong."""
    try:
        app()
    except InputError as error:
        _end(str(error), 2)
    except StoreUnavailableError as error:
        # An error that names a setting names its own way out.
        hint = "" if "UPBEAT_" in str(error) else " (`upbeat status` shows what runs, `upbeat up` starts it)"
        _end(f"{error}{hint}", 1)
    except UpbeatError as error:
        _end(str(error), 1)
    except KeyboardInterrupt:
        _end("interrupted", 130)
    except ValueError as error:
        # pydantic is imported already when one of its errors gets here, and only then.
        message = _settings_problem(error)
        if message is None:
            raise
        _end(message, 2)


def _end(message: str, code: int) -> None:
    sys.stderr.write(f"error: {message}\n")
    sys.exit(code)


def _settings_problem(error: ValueError) -> str | None:
    """One line on settings that cannot be read, without their values (one may be a secret); None for other errors."""
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    if isinstance(error, SettingsError):
        return f"settings: {str(error).splitlines()[0]}: write it as JSON"
    if not isinstance(error, ValidationError) or error.title != "Settings":
        return None
    problems = [
        f"UPBEAT_{str(detail['loc'][0]).upper() if detail['loc'] else ''}: {detail['msg']}"
        for detail in error.errors(include_input=False, include_url=False)
    ]
    return "settings: " + "; ".join(problems) + " (`upbeat settings --markdown` describes each)"
