"""What the API says of a figure gives the figure: each check of `include/api/explanations`, over the warehouse of a seeded world."""

from __future__ import annotations

import pytest

from upbeat.api.explain.formulas import FOLDER, Formulas, formulas_of
from upbeat.sync.plan import load_plan

from .conftest import BuiltWarehouse

PLANS = sorted(path.stem for path in FOLDER.glob("*.yaml"))
DIFFERS = """
select count() as differing, any(tuple(*)) as example from ({query})
where if(
    stated is null or again is null,
    (stated is null) != (again is null),
    abs(toFloat64(stated) - toFloat64(again)) > 1e-9 * greatest(1, abs(toFloat64(stated)))
)
"""


def differences(warehouse: BuiltWarehouse, formulas: Formulas, key: tuple[str, ...]) -> dict[str, str]:
    """By figure, of how many rows its check gives another one, and of which for example."""
    found = {}
    for name in formulas.columns:
        query = formulas.query(name, key)
        if query is None:
            continue
        [row] = warehouse.rows(DIFFERS.format(query=query))
        if row["differing"]:
            found[name] = f"{row['differing']} rows, as {row['example']}"
    return found


@pytest.mark.parametrize("plan", PLANS)
def test_the_check_of_each_figure_gives_what_the_mart_states(
    built_warehouse: BuiltWarehouse, plan: str
) -> None:
    assert differences(built_warehouse, formulas_of(plan), load_plan(plan).key) == {}


def test_a_check_that_is_not_true_is_told(built_warehouse: BuiltWarehouse) -> None:
    formulas = formulas_of("leaderboard")
    wrong = formulas.columns["rank_change"].model_copy(
        update={"check": "toInt64(t.followers_rank) - toInt64(t.previous_followers_rank)"}
    )
    formulas = formulas.model_copy(update={"columns": {"rank_change": wrong}})

    assert differences(built_warehouse, formulas, ("platform", "profile_id")).keys() == {"rank_change"}
