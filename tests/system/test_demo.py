"""The tour, and the three ways of use that the README promises after it."""

from __future__ import annotations

import json
import math
import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import httpx
import pytest
from psycopg import sql

from upbeat.demo.airflow_rest import AirflowRest
from upbeat.demo.story import CREATORS, campaign_creators, shipped_handles
from upbeat.sandbox.control import SandboxControl
from upbeat.settings import REPOSITORY
from upbeat.stores import clickhouse
from upbeat.stores.postgres import connect
from upbeat.sync.plan import load_plans

if TYPE_CHECKING:
    from conftest import Shell

pytestmark = pytest.mark.timeout(1800)

# What the tour collects nothing for: stories, channels, the age and gender of audiences, lists of customers; nobody in the sandbox
# grows as fast as `rising_creators` asks for.
EMPTY = {"audience_demographics", "collection_story", "profile_list", "rising_creators", "youtube_account"}


@pytest.fixture(scope="module")
def tour(shell: Shell) -> str:
    return shell.upbeat("demo", seconds=1200)


@pytest.fixture(scope="module")
def visitor(shell: Shell, tour: str) -> Iterator[httpx.Client]:
    """Somebody with a key that was made as the tour says, logged in at the console."""
    key = shell.upbeat("api-keys", "create", "me", "--scope", "read", "--scope", "lookup").strip()
    with httpx.Client(headers={"X-API-Key": key}, timeout=60) as client:
        api = f"http://127.0.0.1:{shell.settings().api_port}"
        entered = client.post(f"{api}/console/login", data={"key": key, "next": ""})
        assert entered.status_code == 303, entered.text
        yield client


def addresses(tour: str, part: str) -> list[str]:
    """Addresses of this part that the tour's last words name."""
    return re.findall(rf"(http://127\.0\.0\.1:\d+{part}[^\s']*)", tour.partition("Where to look next")[2])


def test_the_tour_prints_creators_people_know_from_postgres(shell: Shell, tour: str) -> None:
    assert "Cristiano Ronaldo" in tour
    assert "▲" in tour or "▼" in tour, "history gives changes of rank from the first day"
    with connect(shell.settings()) as connection:
        row = connection.execute(
            "SELECT count(*) AS rows, count(rank_change) AS ranked FROM app.leaderboard"
        ).fetchone()
    creators = len({*shipped_handles(CREATORS), *campaign_creators()})
    assert row == {"rows": creators, "ranked": creators}


def test_the_tour_publishes_every_table_with_rows_but_those_that_it_collects_nothing_for(
    shell: Shell, tour: str
) -> None:
    with connect(shell.settings()) as connection:
        rows = {
            plan.table: connection.execute(
                sql.SQL("SELECT count(*) AS n FROM app.{}").format(sql.Identifier(plan.table))
            ).fetchone()
            for plan in load_plans()
        }
    assert len(rows) == 33
    assert {table for table, row in rows.items() if row == {"n": 0}} <= EMPTY
    assert f"{len(rows)} tables in " in tour


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        (
            "creators",
            ("Growth over periods", "Posts of the last 30 days", "95 % interval", "by city", "<img"),
        ),
        ("campaigns", ("Winter glow", "leaelui", "Costs, the newest first", "Posts, most engagements first")),
    ],
)
def test_the_pages_that_the_tour_names_show_what_was_published(
    visitor: httpx.Client, tour: str, page: str, shown: tuple[str, ...]
) -> None:
    (address,) = addresses(tour, f"/console/{page}/")
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.text
    assert "not published" not in answer.text
    for text in shown:
        assert text in answer.text, text


def test_the_call_that_the_tour_names_explains_each_figure_of_a_creator(
    visitor: httpx.Client, tour: str
) -> None:
    (address,) = addresses(tour, "/v1/profiles/")
    assert address.endswith("?explain=true")
    answer = visitor.get(address)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["data"]["audience_quality"]["sample_size"] == 200
    (account,) = told["explanations"]["account"]
    followers = account["figures"]["followers"]
    assert followers["value"] == told["data"]["account"]["followers"]
    assert followers["formula"]
    assert followers["raw_payloads"]


def test_the_tour_measures_campaigns_by_posts_and_by_the_orders_with_their_codes(
    shell: Shell, tour: str
) -> None:
    assert "Winter glow" in tour
    client = clickhouse.client(shell.settings())
    found = client.query(
        "SELECT campaign_id, posts, orders, net_sales, cost FROM mart.mart_campaign_summary"
    ).named_results()
    rows = {row["campaign_id"]: row for row in found}
    collected = client.query(
        "SELECT countIf(is_collected) AS collected, count() AS named FROM mart.mart_collection_post WHERE kind = 'POSTS'"
    ).first_row
    client.close()
    assert rows["sandbox-winter-glow"]["posts"] == 6
    assert rows["sandbox-winter-glow"]["orders"] > 20
    assert rows["sandbox-winter-glow"]["net_sales"] > 0
    assert rows["sandbox-street-season"]["cost"] == 265_000
    assert rows["sandbox-spring-preview"]["posts"] == 0
    assert collected == (12, 12), "every post that a campaign names was collected"


def test_the_tour_shows_what_the_sandbox_says_of_creators_labelled_as_such(shell: Shell, tour: str) -> None:
    assert "answers of the sandbox, made up" in tour
    with connect(shell.settings()) as connection:
        told = connection.execute(
            "SELECT count(*) AS answers, bool_and(is_sandbox) AS made_up FROM beat.enrichment"
        ).fetchone()
        calls = connection.execute("SELECT count(*) AS n FROM beat.llm_call WHERE NOT is_sandbox").fetchone()
    assert told == {"answers": 10, "made_up": True}
    assert calls == {"n": 0}


def test_the_tour_keeps_the_pictures_of_creators(shell: Shell, tour: str) -> None:
    assert "5 profile pictures kept" in tour
    with connect(shell.settings()) as connection:
        kept = connection.execute(
            "SELECT count(*) AS n, count(DISTINCT object_key) AS objects FROM beat.asset WHERE status = 'stored'"
        ).fetchone()
    assert kept == {"n": 5, "objects": 5}


def test_the_tour_shows_the_share_of_fakes_in_audiences_and_why_one_follower_is_likely_fake(
    shell: Shell, tour: str
) -> None:
    assert re.search(r"@\S+ +[\d,]+ +200 +\d+% +\d+% +\d+% to \d+%", tour), tour
    told = re.search(r"who follows @(\S+), is likely fake: probability (0\.\d\d)", tour.replace("\n", " "))
    assert told is not None, tour
    with connect(shell.settings()) as connection:
        scored = connection.execute(
            "SELECT count(*) AS scored, count(DISTINCT profile_id) AS creators, max(model_probability) AS highest"
            " FROM beat.follower_score WHERE relation = 'follower'"
        ).fetchone()
    assert scored is not None
    assert (scored["scored"], scored["creators"]) == (600, 3)
    assert f"{scored['highest']:.2f}" == told[2]
    added = re.findall(r"^  (\w[\w ]*?) +([+-]\d+\.\d\d)   odds", tour, re.MULTILINE)
    odds = scored["highest"] / (1 - scored["highest"])
    assert sum(float(value) for _, value in added) == pytest.approx(math.log(odds), abs=0.05)


def test_the_tour_shows_a_count_that_only_a_collection_can_have_brought(shell: Shell, tour: str) -> None:
    found = re.search(r"the sandbox now says ([\d,]+) followers for @(\S+) \(was ([\d,]+)\)", tour)
    assert found is not None, tour
    after, handle = int(found[1].replace(",", "")), found[2]
    with connect(shell.settings()) as connection:
        published = connection.execute(
            "SELECT followers FROM app.leaderboard WHERE handle = %s", (handle,)
        ).fetchone()
        imported = connection.execute(
            "SELECT count(*) AS n FROM beat.profile_log WHERE handle = %s AND source LIKE 'import:%%' AND (metrics->>'followers')::bigint = %s",
            (handle, after),
        ).fetchone()
    assert published == {"followers": after}
    assert imported == {"n": 0}


def test_dbt_runs_from_a_shell_as_the_readme_says(shell: Shell, tour: str) -> None:
    output = shell.run("dbt", "run", "--select", "tag:core", cwd=REPOSITORY / "dbt_project")
    assert "Completed successfully" in output


def test_a_dag_triggered_from_the_shell_collects_the_named_creator(shell: Shell, tour: str) -> None:
    settings = shell.settings()
    with SandboxControl(settings.sandbox_url(), timeout=60) as sandbox:
        sandbox.change_creator("natgeo", followers=251_234_567)
    shell.run(
        "airflow", "dags", "trigger", "ig_profiles_tracked", "--conf", json.dumps({"handles": ["natgeo"]})
    )
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        with connect(settings) as connection:
            row = connection.execute(
                "SELECT followers_count FROM beat.instagram_account WHERE handle = 'natgeo'"
            ).fetchone()
        if row == {"followers_count": 251_234_567}:
            return
        time.sleep(1)
    pytest.fail(f"natgeo still has {row} two minutes after the trigger")


def test_the_airflow_ui_answers_and_shows_the_runbooks(shell: Shell, tour: str) -> None:
    settings = shell.settings()
    address = f"http://127.0.0.1:{settings.airflow_port}/"
    assert httpx.get(address, follow_redirects=True, timeout=60).status_code == 200
    airflow = AirflowRest(settings)
    details = airflow.dag_details("sync_leaderboard_prod")
    assert "upbeat sync rollback leaderboard" in details["doc_md"]


def test_dbt_in_airflow_does_not_parse_the_project_anew(shell: Shell, tour: str) -> None:
    logs = list((shell.settings().state_dir / "airflow").rglob("*dbt_build_core*/*.log"))
    assert logs
    assert all("Unable to do partial parsing" not in log.read_text() for log in logs)


def test_a_dag_says_the_numbers_when_too_many_tasks_fail(shell: Shell, tour: str) -> None:
    airflow = AirflowRest(shell.settings())
    run_id = airflow.trigger("ig_profiles_tracked", {"handles": ["unknown.account.sandbox"]})
    deadline = time.monotonic() + 240
    while "failed" not in (states := airflow.task_states("ig_profiles_tracked", run_id)).get("check", ""):
        assert time.monotonic() < deadline, states
        time.sleep(0.5)
    assert {name: state for name, state in states.items() if name != "check"} == {
        "enqueue": "success",
        "scrape[0]": "success",
    }
    logs = (shell.settings().state_dir / "airflow").rglob(f"*{run_id}*/task_id=check/*.log")
    assert any("1 of 1 tasks failed" in log.read_text() for log in logs)


def test_a_second_tour_works_on_what_is_there(shell: Shell, tour: str) -> None:
    again = shell.upbeat("demo", seconds=1200)
    assert "tracking 100 creators (0 new)" in again
    assert "1139 observations, 0 new" in again
