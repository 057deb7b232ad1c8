"""Sums over calls: parts add up to their total, however a report is split."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from upbeat.enrichment.cost_report import FIGURES, PARTS, CostRow, summed
from upbeat.enrichment.kinds import KINDS

COUNTS = st.integers(0, 10**15)
ROWS = st.lists(
    st.builds(
        CostRow,
        is_sandbox=st.booleans(),
        kind=st.sampled_from(KINDS),
        model=st.sampled_from(["gpt-4.1-mini", "gpt-4o"]),
        day=st.integers(0, 3).map(lambda number: date(2026, 1, 1) + timedelta(number)),
        mode=st.sampled_from(["queue", "batch", "evaluation"]),
        **dict.fromkeys(FIGURES, COUNTS),
    ),
    max_size=30,
)


@given(rows=ROWS, by=st.lists(st.sampled_from(PARTS), unique=True))
def test_the_rows_of_every_split_add_up_to_the_sum_of_the_calls(rows: list[CostRow], by: list[str]) -> None:
    split = summed(rows, by)  # type: ignore[arg-type]
    for is_sandbox in (False, True):
        for name in (*FIGURES, "spent"):
            whole = sum(getattr(row, name) for row in rows if row.is_sandbox == is_sandbox)
            assert sum(getattr(row, name) for row in split if row.is_sandbox == is_sandbox) == whole
    keys = [(row.is_sandbox, *(getattr(row, part) for part in by)) for row in split]
    assert keys == sorted(set(keys)), "each stands once, in order"
    assert all(getattr(row, part) is None for row in split for part in set(PARTS) - set(by))


@given(rows=ROWS)
def test_the_sandbox_and_real_models_are_never_summed_together(rows: list[CostRow]) -> None:
    assert {row.is_sandbox for row in summed(rows)} == {row.is_sandbox for row in rows}
    assert len(summed(rows)) <= 2
