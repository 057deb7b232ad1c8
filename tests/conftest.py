"""Fixtures of all tests: one embedded stack per session, a database and buckets of its own per test.

The stack starts when the first test asks for it. It never shares ports, folders or settings with a stack that a
person runs in the same checkout.
"""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import hypothesis
import psutil
import pytest
from tests.fresh_stores import FreshStores, make_template
from tests.parts_that_died import TOLD_AS, Watch, report_died
from tests.rabbitmq_broker import Broker, report_skipped, require_server

from upbeat.embedded import stack as embedded_stack
from upbeat.embedded.generated_secrets import ensure_secrets
from upbeat.embedded.places import Places
from upbeat.embedded.ports import free_ports
from upbeat.embedded.postgres_home import fallback_folder
from upbeat.events import topology
from upbeat.settings import DOTENV_VARIABLE, ENV_PREFIX, REPOSITORY, Settings, get_settings, secrets_file

PORT_SETTINGS = tuple(
    f"{part}_port"
    for part in ("postgres", "clickhouse", "redis", "rabbitmq", "s3", "sandbox", "airflow", "api")
)
TESTS = Path(__file__).parent
LAYERS = ("system", "integration", "unit")
WATCH = pytest.StashKey[Watch]()
STORES = pytest.StashKey[FreshStores]()
LAST_TEST = pytest.StashKey[pytest.Item]()
# Each parses the project into `dbt_project/target`, under settings of its own: not two at once.
AIRFLOW_FILES = {
    *(f"tests/system/test_{name}.py" for name in ("demo", "stack_with_airflow", "stack_with_rabbitmq")),
    "tests/integration/dbt/test_dbt_tasks_in_airflow.py",
}
WAREHOUSE_FILES = {
    f"tests/integration/dbt/test_{name}.py" for name in ("built_warehouse", "unit_tests_of_models")
}
PLENTY_OF_MEMORY_BYTES = 8 * 2**30
"""A stack of a test process has 150 MB of files."""
_numbers = itertools.count(1)

# What takes long on a busy machine is no fault of an example. The rest stays as it is, there or under CI.
hypothesis.settings.register_profile(
    "patient", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    """Settings of the person who runs the tests must not lead them to a real database."""
    for name in [name for name in os.environ if name.startswith(ENV_PREFIX) and name != "UPBEAT_SHARED_DATA"]:
        del os.environ[name]
    os.environ[DOTENV_VARIABLE] = ""  # nor must the file `.env`


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the folder they are in; the longest begin first."""
    for item in items:
        if _layer(item) != "unit":
            item.add_marker(_layer(item))
    items.sort(key=lambda item: LAYERS.index(_layer(item)))


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes that are no text name no test: a packed body holds the second in which it was made, and test processes that were started in
    different ones would not agree on what there is to run."""
    return argname if isinstance(val, bytes) and not (val.isascii() and val.decode().isprintable()) else None


def _layer(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One process for all tests of a file, and for files that share something expensive."""
    from xdist.scheduler import LoadScopeScheduling

    class ByExpensiveFixture(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return shared_by(nodeid.partition("::")[0])

    return ByExpensiveFixture(config, log)


def shared_by(file: str) -> str:
    """What the tests of a file share: one Airflow at a time is what two cores bear, the warehouse is built
    once, and the project parsed once."""
    if file in AIRFLOW_FILES:
        return "airflow"
    if file.startswith("tests/unit/dbt/"):
        return "manifest"
    return "warehouse" if file.endswith("_marts.py") or file in WAREHOUSE_FILES else file


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out, and how to run it; and what died."""
    report_skipped(terminalreporter)
    report_died(terminalreporter)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A part of the stack that has died since the last test runs again before this one gets its stores."""
    item.config.stash[LAST_TEST] = item
    get_settings.cache_clear()  # a test before may have asked for them, in an environment of its own
    watch = item.config.stash.get(WATCH, None)
    if watch is None or "stack" not in getattr(item, "fixturenames", ()):
        return
    told = _tell_what_died(item.config)
    watch.last_test = item.nodeid
    if told:
        watch.start_again()
    if "clickhouse" in told and (stores := item.config.stash.get(STORES, None)):
        stores.forget_what_was_lost()


def _tell_what_died(config: pytest.Config) -> dict[str, str]:
    """Give what died since the last look to the report of the present test, which brings it to the summary."""
    told = config.stash[WATCH].look()
    config.stash[LAST_TEST].user_properties.extend((TOLD_AS, text) for text in told.values())
    return told


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the shared recordings and data; tests that need it are skipped where it is absent."""
    folder = Path(os.environ.get("UPBEAT_SHARED_DATA") or REPOSITORY.parent / "shared" / "data").resolve()
    if not (folder / "MANIFEST.md").exists():
        pytest.skip(f"the shared data is not at {folder}: set UPBEAT_SHARED_DATA to its folder")
    return folder


@pytest.fixture
def state_dir() -> Iterator[Path]:
    """An empty state folder with a short path that Postgres' service user can reach; removed at the end."""
    with _temporary_state() as folder:
        yield folder


@pytest.fixture
def make_settings() -> Callable[[Path], Settings]:
    """Makes the settings of a stack of its own from an empty state folder."""
    return fresh_settings


@pytest.fixture
def own_settings(state_dir: Path) -> Iterator[Settings]:
    """Settings of a stack of this test's own, not started; what the test starts is stopped at the end."""
    settings = fresh_settings(state_dir)
    yield settings
    embedded_stack.stop(settings)


def fresh_settings(folder: Path) -> Settings:
    """Settings of a stack of its own: generated secrets, free ports, state in `folder`."""
    ensure_secrets(folder)
    secrets = {}
    for line in secrets_file(folder).read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition("=")
        secrets[name.removeprefix(ENV_PREFIX).lower()] = value
    ports = dict(zip(PORT_SETTINGS, free_ports(len(PORT_SETTINGS)), strict=True))
    nothing = dict.fromkeys(
        ("postgres_url", "clickhouse_url", "redis_url", "rabbitmq_url", "s3_endpoint_url")
    )
    patient = {"redis_answer_seconds": 10}
    return Settings.model_validate(
        {"state_dir": folder, "upstream": "sandbox", **nothing, **patient, **ports, **secrets}
    )


@pytest.fixture(scope="session")
def stack(pytestconfig: pytest.Config) -> Iterator[Settings]:
    """Settings of a running stack without Airflow, shared by the whole session."""
    with _temporary_state(_fast_folder()) as folder:
        settings = fresh_settings(folder)
        os.environ[f"{ENV_PREFIX}STATE_DIR"] = str(folder)
        try:
            embedded_stack.start(settings, without=["airflow", "api"])
            make_template(settings)
            pytestconfig.stash[WATCH] = Watch(settings)
            yield settings
            _tell_what_died(pytestconfig)
        finally:
            embedded_stack.stop(settings)
            del os.environ[f"{ENV_PREFIX}STATE_DIR"]


@pytest.fixture(scope="session")
def fresh_stores(stack: Settings, pytestconfig: pytest.Config) -> FreshStores:
    """Gives out stores in the session's stack that are as if no test had used them."""
    stores = pytestconfig.stash[STORES] = FreshStores(stack)
    return stores


@pytest.fixture
def settings(stack: Settings, fresh_stores: FreshStores) -> Iterator[Settings]:
    """The stack's settings with an empty migrated Postgres database, raw ClickHouse tables and buckets of this test's
    own, and an empty Redis."""
    _empty_redis(stack)
    with fresh_stores.lend() as own:
        yield own


@pytest.fixture(scope="session")
def session_settings(fresh_stores: FreshStores) -> Iterator[Settings]:
    """As `settings`, of the whole session; Redis is shared with all tests."""
    with fresh_stores.lend() as own:
        yield own


@pytest.fixture(scope="session")
def rabbitmq_server() -> None:
    """Skips the test where no RabbitMQ is installed (fails it in CI)."""
    require_server()


@pytest.fixture(scope="session")
def rabbitmq_broker(rabbitmq_server: None, stack: Settings) -> Broker:
    """RabbitMQ in the session's stack, started when the first test asks for it: kill and restart it with this."""
    broker = Broker(stack.model_copy(update={"rabbitmq_embedded": True}))
    broker.start()
    return broker


@pytest.fixture
def rabbitmq(
    rabbitmq_broker: Broker, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """`settings` with a RabbitMQ whose virtual host, empty, is this test's own. Queues made in the test's process are used at
    once: a test that kills the broker calls `Broker.settle`."""
    monkeypatch.setattr(topology, "NEW_QUEUE_SECONDS", 0.0)
    # A broker that is busy is not away.
    for module, name in (("administration", "DEPTH_SECONDS"), ("parameters", "CONNECT_SECONDS")):
        # By import_module: the package has a function with the module's name.
        monkeypatch.setattr(import_module(f"upbeat.stores.rabbitmq.{module}"), name, 120.0)
    rabbitmq_broker.start()  # a test before this one may have killed it
    name = f"test_{next(_numbers)}"
    url = rabbitmq_broker.add_virtual_host(name).rabbitmq_url
    yield settings.model_copy(update={"rabbitmq_embedded": True, "rabbitmq_url": url})
    rabbitmq_broker.start()
    rabbitmq_broker.delete_virtual_host(name)


def _empty_redis(settings: Settings) -> None:
    import redis

    client = redis.Redis.from_url(settings.redis_dsn())
    try:
        client.flushall()
    finally:
        client.close()


def _fast_folder() -> Path:
    """In memory, where there is plenty of it: each test copies a database of a thousand files, which is most of what its stores cost."""
    memory = Path("/dev/shm")
    if (
        memory.is_dir()
        and not os.statvfs(memory).f_flag & os.ST_NOEXEC
        and min(shutil.disk_usage(memory).free, psutil.virtual_memory().available) > PLENTY_OF_MEMORY_BYTES
    ):
        return memory
    return Path("/tmp")


@contextmanager
def _temporary_state(parent: Path = Path("/tmp")) -> Iterator[Path]:
    """A state folder with a short path; what Postgres had to keep elsewhere for it is removed too."""
    folder = Path(tempfile.mkdtemp(prefix="upbeat-", dir=parent))
    try:
        yield folder
    finally:
        shutil.rmtree(fallback_folder(Places(folder)), ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)
