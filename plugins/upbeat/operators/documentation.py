"""Publishes the documentation of the warehouse, as `dbt docs generate` makes it, to S3."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from airflow_dbt_python.operators.dbt import DbtDocsGenerateOperator

if TYPE_CHECKING:
    from airflow_dbt_python.hooks.dbt import DbtHook

DOCUMENTATION_FOLDER = "dbt-docs"
PAGES = ("catalog.json", "manifest.json", "index.html")  # the page last: it reads the others


class WarehouseDocumentationOperator(DbtDocsGenerateOperator):
    """Makes the documentation and writes it to the bucket of operations. Every run replaces the one before."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(upload_dbt_project=False, **kwargs)

    @property
    def dbt_hook(self) -> DbtHook:
        """A hook that keeps the pages of its temporary project before that goes."""
        return _keeping_hook()


def _keeping_hook() -> DbtHook:
    from airflow_dbt_python.hooks.dbt import DbtHook

    class KeepingHook(DbtHook):
        @contextmanager
        def dbt_directory(self, config: Any, **options: Any) -> Iterator[str]:
            with super().dbt_directory(config, **options) as folder:
                yield folder
                _publish(Path(folder) / "target")

    return KeepingHook()


def _publish(target: Path) -> None:
    from upbeat.settings import get_settings
    from upbeat.stores.objects import ObjectStore

    settings = get_settings()
    store = ObjectStore(settings, settings.s3_operations_bucket)
    store.create_bucket()
    for page in PAGES:
        store.put(f"{DOCUMENTATION_FOLDER}/{page}", (target / page).read_bytes())
