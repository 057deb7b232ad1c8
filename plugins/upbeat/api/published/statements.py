"""The SQL of a page, composed of identifiers of the catalogue; the values of a request are parameters."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal, LiteralString

from psycopg import sql

from upbeat.api.published.resource import How, Owner, Resource
from upbeat.stores.named_sql import load_statements

SQL = load_statements(Path(__file__).with_name("published.sql"))
SCHEMA = "app"
Begin = Literal["first", "after_value", "after_null"]
"""Where a page begins: at the first row, behind one whose sort column has a value, behind one where it is null."""

_COMPARED: dict[How, LiteralString] = {
    "equal": "{column} = {value}",
    "prefix": "starts_with(lower({column}), lower({value}))",
    "at_least": "{column} >= {value}",
    "at_most": "{column} <= {value}",
    "contains": "{column} @> ARRAY[{value}]",  # an index of the elements knows this, and no `= ANY`
}
# Collections and campaigns are asked of the product's own tables: what changed hands is hidden at once, not at the next publish.
_OWNED: dict[Owner, LiteralString] = {
    "account": "t.account_id = %(account)s",
    "collection": "EXISTS (SELECT 1 FROM coffee.collection AS owned "
    "WHERE owned.collection_id = t.collection_id AND owned.account_id = %(account)s)",
    "campaign": "EXISTS (SELECT 1 FROM coffee.campaign AS owned "
    "WHERE owned.campaign_id = t.campaign_id AND owned.account_id = %(account)s)",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What the text of a page's statement depends on; each combination that is asked for is prepared once per connection.

    Attributes:
        filters: names of the filters that are used, in order.
        rows: most rows of the page. It is part of the text, since a plan made for any number of rows is made for many.
    """

    filters: tuple[str, ...]
    sort: str
    begin: Begin
    rows: int
    owned: bool


@lru_cache(maxsize=1024)
def page_statement(name: str, shape: Shape) -> bytes:
    """The statement of a resource of the catalogue. Its parameters: `plan`, `table`, `account`, `place_<column>`, `filter_<name>`
    and `last_<n>`, all as text.

    Returns:
        A statement that gives one row: the rows as JSON, the values behind which the next page begins as JSON or null,
        the freshness as JSON, the seconds since the newest was seen and since the publish, and what `standing` gives.
    """
    from upbeat.api.published.catalogue import RESOURCES

    return _Page(RESOURCES[name], shape).text()


class _Page:
    """One statement in the making."""

    def __init__(self, resource: Resource, shape: Shape) -> None:
        self.resource, self.shape = resource, shape
        self.descending = shape.sort.startswith("-")
        self.column = shape.sort.removeprefix("-")
        self.order = resource.order(self.column)
        self.key = [name for name in self.order if name != self.column]
        self.is_nullable = resource.columns[self.column].nullable if self.column else False

    def text(self) -> bytes:
        observed = self.resource.observed_column
        place = self.order
        return _text(
            SQL["page"],
            chosen=self._chosen(),
            order=self._order(place),
            rows=sql.Literal(self.shape.rows),
            place=sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in place),
            observed=sql.SQL("{}::timestamptz").format(
                sql.Identifier("page", observed) if observed else sql.NULL
            ),
        ).as_bytes()

    def _chosen(self) -> sql.Composable:
        """Rows with a value first, then those without one: each part is a range of an index, and the second is read only
        where the first does not fill the page."""
        if not self.is_nullable:
            return sql.SQL("({})").format(self._part([], self.order))
        is_null, is_known = (
            sql.SQL("t.{} IS NULL").format(sql.Identifier(self.column)),
            sql.SQL("t.{} IS NOT NULL").format(sql.Identifier(self.column)),
        )
        if self.shape.begin == "after_null":
            return sql.SQL("({})").format(self._part([is_null], self.key))
        gate = sql.SQL("(SELECT count(*) FROM known) <= {}").format(sql.Literal(self.shape.rows))
        return sql.SQL(
            "(WITH known AS MATERIALIZED ({known}) SELECT * FROM known UNION ALL ({unknown}))"
        ).format(
            known=self._part([is_known], self.order),
            unknown=self._part([is_null, gate], self.key, from_first=True),
        )

    def _part(
        self, conditions: list[sql.Composable], order: list[str], *, from_first: bool = False
    ) -> sql.Composable:
        conditions = [*self._places(), *self._filters(), *conditions]
        if self.shape.begin != "first" and not from_first and order:
            conditions.append(self._behind(order))
        named = sql.SQL(", ").join(sql.Identifier("t", name) for name in self.resource.columns)
        return sql.SQL("SELECT {named} FROM {table} AS t WHERE {where}{order} LIMIT {rows}").format(
            named=named,
            table=sql.Identifier(SCHEMA, self.resource.plan.table),
            where=sql.SQL(" AND ").join(conditions) if conditions else sql.SQL("true"),
            order=sql.SQL(" ORDER BY {}").format(self._order(order, nulls=False)) if order else sql.SQL(""),
            rows=sql.Literal(self.shape.rows + 1),
        )

    def _behind(self, order: list[str]) -> sql.Composable:
        """Rows of values are compared as a whole, which an index knows; all are sorted in one direction for it. Where the
        sort column was null, its place in the cursor is passed over."""
        skipped = 1 if self.shape.begin == "after_null" else 0
        values = (self._value(f"last_{n + skipped}", name) for n, name in enumerate(order))
        return sql.SQL("({}) {} ({})").format(
            sql.SQL(", ").join(sql.Identifier("t", name) for name in order),
            sql.SQL("<" if self.descending else ">"),
            sql.SQL(", ").join(values),
        )

    def _order(self, names: list[str], *, nulls: bool = True) -> sql.Composable:
        if not names:
            return sql.SQL("1")
        direction = " DESC" if self.descending else ""
        last = " NULLS LAST" if nulls and self.descending else ""
        return sql.SQL(", ").join(_text(f"{{name}}{direction}{last}", name=sql.Identifier(n)) for n in names)

    def _places(self) -> list[sql.Composable]:
        found: list[sql.Composable] = [
            sql.SQL("{} = {}").format(sql.Identifier("t", name), self._value(f"place_{name}", name))
            for name in self.resource.place
        ]
        if self.shape.owned and self.resource.owner:
            found.append(_text(_OWNED[self.resource.owner]))
        return found

    def _filters(self) -> list[sql.Composable]:
        found: list[sql.Composable] = []
        for name in self.shape.filters:
            used = self.resource.filters[name]
            value = self._value(f"filter_{name}", used.column, element=used.how == "contains")
            column = sql.Identifier("t", used.column)
            found.append(sql.SQL(_COMPARED[used.how]).format(column=column, value=value))
        return found

    def _value(self, parameter: str, column: str, *, element: bool = False) -> sql.Composable:
        """A parameter, cast to the type of its column: whatever the values, the statement stays the same."""
        kind = self.resource.columns[column].type
        kind = kind.removesuffix("[]") if element else kind
        return _text(f"{{value}}::{kind}", value=sql.Placeholder(parameter))


def _text(statement: str, **parts: sql.Composable) -> sql.Composed:
    return sql.SQL(statement).format(**parts)
