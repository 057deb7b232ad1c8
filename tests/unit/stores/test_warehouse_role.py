"""The password file of the role under which ClickHouse reads."""

from __future__ import annotations

from upbeat.settings import Settings
from upbeat.stores.warehouse_role import password_line


def test_signs_that_part_fields_are_escaped_in_the_password_file() -> None:
    settings = Settings.model_validate({"postgres_port": 5555, "postgres_warehouse_password": "a:b\\c"})
    assert password_line(settings) == r"127.0.0.1:5555:*:upbeat_warehouse:a\:b\\c"


def test_the_password_file_names_the_host_of_a_postgres_elsewhere() -> None:
    url = "postgresql://me:mine@db.example:6432/product?sslmode=require"
    settings = Settings.model_validate({"postgres_url": url, "postgres_warehouse_password": "word"})
    assert password_line(settings) == "db.example:6432:*:upbeat_warehouse:word"
