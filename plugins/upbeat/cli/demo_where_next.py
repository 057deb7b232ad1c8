"""The tour's last words: where its figures are to be seen, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from upbeat.settings import Settings

CAMPAIGN = "sandbox-winter-glow"
"""The campaign of the sandbox that brought orders."""


def print_where_next(console: Console, settings: Settings, profile_id: str | None, seconds: float) -> None:
    """Addresses that show something, and commands that do.

    Args:
        profile_id: an Instagram account of which audience, enrichment and picture are known; None where nobody's is.
    """
    console.print(
        f"Done in {seconds:.0f} s. Figures are public ones of 2022, served by the local sandbox. Where to look next:"
    )
    password: Any = settings.airflow_admin_password.get_secret_value()
    for what, how in (
        ("Airflow UI", f"http://127.0.0.1:{settings.airflow_port}  (user admin, password {password})"),
        *_pages(f"http://127.0.0.1:{settings.api_port}", profile_id),
        ("  dbt", "cd dbt_project && dbt run --select tag:core"),
        ("  Airflow CLI", 'airflow dags trigger ig_profiles_tracked --conf \'{"handles": ["natgeo"]}\''),
        ("  published table", "psql -c 'SELECT * FROM app.leaderboard ORDER BY followers_rank LIMIT 10'"),
        ("  all published tables", "upbeat sync list"),
        ("  change a creator", "upbeat sandbox set natgeo --followers 300000000"),
        ("  campaigns", "upbeat campaigns list"),
        (
            "  ask a language model",
            "upbeat enqueue instagram.audience_cities nasa && upbeat work --flow instagram.audience_cities --until-idle",
        ),
        ("  kept pictures", "upbeat assets list"),
        ("  score your own followers", "upbeat score followers.csv"),
        ("state of the parts", ".venv/bin/upbeat status"),
        ("stop everything", "make down"),
    ):
        console.print(f"  {what:<28} {how}", highlight=False, markup=False, soft_wrap=True)


def _pages(api: str, profile_id: str | None) -> list[tuple[str, str]]:
    """The console, a shell with a key that opens it, and what to ask the API with that key."""
    creator = f"INSTAGRAM/{profile_id}"
    shell = [
        ("a shell with everything set", 'eval "$(.venv/bin/upbeat env)"'),
        (
            "  a key",
            "key=$(upbeat api-keys create me --scope read --scope lookup --scope operations); echo $key",
        ),
    ]
    if profile_id is None:
        return [("REST API and console", f"{api}/console/  (log in with a key)"), *shell]
    return [
        ("console, with a key", f"{api}/console/"),
        ("  a creator", f"{api}/console/creators/{creator}"),
        ("  a campaign", f"{api}/console/campaigns/{CAMPAIGN}"),
        *shell,
        (
            "  every figure explained",
            f"curl -s -H \"X-API-Key: $key\" '{api}/v1/profiles/{creator}?explain=true'",
        ),
    ]
