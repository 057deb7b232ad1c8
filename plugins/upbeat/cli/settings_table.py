"""`upbeat settings`: every setting, its value (secrets hidden) and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

HIDDEN = "•••"
README_BEGIN, README_END = "<!-- settings:begin -->", "<!-- settings:end -->"


@dataclass(frozen=True)
class SettingRow:
    """One setting as it is shown; `value` never holds a secret."""

    name: str
    variable: str
    value: str
    origin: str
    default: str
    description: str


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("settings")(settings)


def settings(
    json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for scripts.")] = False,
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the README's table: variables, defaults, descriptions.")
    ] = False,
) -> None:
    """Show every setting, its value (secrets hidden) and where it came from.

    Example: UPBEAT_POSTGRES_PORT=6432 upbeat settings
    """
    if markdown:
        typer.echo(markdown_table())
        return
    from upbeat.settings import get_settings

    rows = setting_rows(get_settings().model_dump(), origins())
    if json:
        from dataclasses import asdict
        from json import dumps

        typer.echo(dumps([asdict(row) for row in rows], indent=1, ensure_ascii=False))
    else:
        _print_table(rows)


def origins() -> dict[str, str]:
    """Where each setting's value comes from, by its name; the default where no source has it."""
    from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

    from upbeat.secret_files import SecretFilesSource
    from upbeat.settings import ENV_PREFIX, Settings, default_state_dir, dotenv_file, secrets_file

    sources = (
        ("environment", EnvSettingsSource(Settings)),
        ("secret file", SecretFilesSource(Settings, ENV_PREFIX)),
        (".env", DotEnvSettingsSource(Settings, env_file=dotenv_file())),
        ("secrets.env", DotEnvSettingsSource(Settings, env_file=secrets_file(default_state_dir()))),
    )
    found = dict.fromkeys(Settings.model_fields, "default")
    for origin, source in reversed(sources):
        found.update(dict.fromkeys(source() & found.keys(), origin))
    return found


def setting_rows(values: Mapping[str, Any], origin: Mapping[str, str]) -> list[SettingRow]:
    """The rows, in the order of the settings class."""
    from upbeat.embedded.settings_environment import variable_name
    from upbeat.settings import Settings

    return [
        SettingRow(
            name=name,
            variable=variable_name(name),
            value=_shown(values[name]),
            origin=origin[name],
            default=_default(name),
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def markdown_table() -> str:
    """The table between the README's markers: the same on every machine."""
    from upbeat.settings import Settings

    rows = setting_rows(dict.fromkeys(Settings.model_fields), dict.fromkeys(Settings.model_fields, ""))
    lines = ["| Variable | Default | What it is |", "|---|---|---|"]
    for row in rows:
        default = f"`{row.default}`" if row.default else ""
        lines.append(f"| `{row.variable}` | {_cell(default)} | {_cell(row.description)} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _shown(value: Any) -> str:
    from pydantic import SecretStr

    from upbeat.embedded.settings_environment import as_text
    from upbeat.logs import mask_secrets

    if isinstance(value, SecretStr):
        return HIDDEN if value.get_secret_value() else ""
    return mask_secrets(as_text(value))


def _default(name: str) -> str:
    from upbeat.settings import Settings

    if name == "state_dir":
        return ".upbeat"
    return _shown(Settings.model_fields[name].get_default(call_default_factory=True))


def _print_table(rows: Sequence[SettingRow]) -> None:
    import sys

    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for name in ("setting", "variable", "value", "origin", "description"):
        table.add_column(name, overflow="fold")
    for row in rows:
        style = None if row.origin == "default" else "bold"
        table.add_row(row.name, row.variable, row.value, row.origin, row.description, style=style)
    Console(width=None if sys.stdout.isatty() else 220, highlight=False, markup=False).print(table)
