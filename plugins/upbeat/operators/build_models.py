"""`dbt build` of one schedule, which first builds what its models read and the warehouse does not have yet."""

from __future__ import annotations

from typing import Any

from airflow_dbt_python.operators.dbt import DbtBuildOperator

from upbeat.operators.connections import settings_from_connections


class ScheduleBuildOperator(DbtBuildOperator):
    """Builds a selector. What it reads is left to the schedules that run more often, but for what none of them has built yet.

    On a fresh database whichever schedule comes first would otherwise fail for a table that another one makes. It builds itself with all that
    it reads there, once.
    """

    def __init__(self, *, selector: str, reads: str, **kwargs: Any) -> None:
        """Take a selector.

        Args:
            selector: by its name in `dbt_project/selectors.yml`.
            reads: dbt's selection of its models and all that they read, as `+tag:hourly`; empty for a selector that is
                complete by itself.
        """
        super().__init__(selector=selector, upload_dbt_project=False, **kwargs)
        self.reads = reads

    def execute(self, context: Any) -> Any:
        from upbeat.operations.missing_models import missing_models, models_of

        if not self.reads:
            return super().execute(context)
        missing = missing_models(settings_from_connections())
        if len(missing) == len(models_of()):
            self.log.info(
                "the warehouse has no model yet: this schedule is built together with all that it reads"
            )
            # Its own models are among them. A weekly one that is broken fails the first attempt alone: the next finds the others.
            return self._build(context, [self.reads], [])
        if missing:
            self.log.info(
                "the warehouse lacks %d models: those that this schedule reads are built first", len(missing)
            )
            # A comma intersects: of the missing models those that are read. Nothing reads a weekly one: a daily build, which reads all models,
            # is not held up by one that is broken. Its own marts are among them, once, since another one that is missing may read them.
            self._build(context, [f"{self.reads},{name}" for name in missing], ["tag:weekly"])
        return super().execute(context)

    def _build(self, context: Any, select: list[str], exclude: list[str]) -> Any:
        """Build these in place of the selector, without unit tests."""
        selector = self.selector
        self._take({"selector": None, "select": select, "exclude": ["test_type:unit", *exclude]})
        try:
            return super().execute(context)
        finally:
            self._take({"selector": selector, "select": None, "exclude": None})

    def _take(self, selection: dict[str, Any]) -> None:
        for name, value in selection.items():
            setattr(self, name, value)
