"""Every setting of Upbeat, in one class; nothing else reads the environment.

A value comes from the first of these that has it:

1. the process environment (`UPBEAT_POSTGRES_PORT=…`),
2. for a secret: the file that `UPBEAT_…_FILE` names, or its file in `/run/secrets` (`upbeat.secret_files`),
3. the file `.env` at the root of the repository (yours; git ignores it), or the one that `UPBEAT_DOTENV` names; with
   that variable empty, none,
4. the file `secrets.env` in the state folder (passwords and keys that `upbeat up` generated; mode 0600),
5. the default below.

`upbeat settings` prints each with its value (secrets hidden) and where it came from.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, quote, urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from upbeat.api_settings import ApiSettings
from upbeat.llm_settings import LlmSettings
from upbeat.secret_files import SecretFilesSource

LimitLevel = Literal["global_daily", "global_minute", "handle", "source"]
REPOSITORY = Path(__file__).resolve().parents[2]
ENV_PREFIX = "UPBEAT_"
DOTENV_VARIABLE = f"{ENV_PREFIX}DOTENV"
_LOGIN_SETTINGS = {
    "clickhouse_url": "UPBEAT_CLICKHOUSE_USER and UPBEAT_CLICKHOUSE_PASSWORD",
    "s3_endpoint_url": "UPBEAT_S3_ACCESS_KEY_ID and UPBEAT_S3_SECRET_ACCESS_KEY",
    "aws_endpoint_url": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
}

_LOGIN_URL_SCHEMES = {
    "postgres_url": ("postgresql", "postgres"),
    "redis_url": ("redis", "rediss"),
    "rabbitmq_url": ("amqp", "amqps"),
}


def dotenv_file() -> Path:
    """The file of a person's own settings; one that does not exist counts as empty."""
    chosen = os.environ.get(DOTENV_VARIABLE)
    if chosen is None:
        return REPOSITORY / ".env"
    return Path(chosen or os.devnull).expanduser().absolute()


def default_state_dir() -> Path:
    """The state folder before any settings class exists: it also holds one of the settings' files."""
    name = f"{ENV_PREFIX}STATE_DIR"
    chosen = os.environ.get(name) or dotenv_values(dotenv_file()).get(name)
    return Path(chosen or REPOSITORY / ".upbeat").expanduser().absolute()


def _port(default: int, part: str) -> Any:
    return Field(default, ge=1, le=65535, description=f"Port of {part} on loopback.")


class Settings(ApiSettings, LlmSettings):
    """All settings. Fields are bounded and described here; the README's table is made from them."""

    model_config = SettingsConfigDict(
        env_prefix=ENV_PREFIX, env_ignore_empty=True, extra="ignore", frozen=True
    )

    # --- places ---------------------------------------------------------------------------------
    state_dir: Path = Field(
        default_factory=default_state_dir,
        description="Folder of all state of the embedded stack: data, logs, process ids.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="Least level that is logged."
    )

    # --- Postgres -------------------------------------------------------------------------------
    postgres_url: SecretStr | None = Field(
        None,
        description="A Postgres of your own, `postgresql://user:password@host:port/database`; empty starts the embedded one.",
    )
    postgres_port: int = _port(15432, "the embedded Postgres")
    postgres_password: SecretStr = Field(
        SecretStr(""), description="Password of the embedded Postgres user `upbeat`."
    )
    postgres_warehouse_password: SecretStr = Field(
        SecretStr(""),
        description="Password of the Postgres role `upbeat_warehouse`, under which ClickHouse reads campaigns and credential events.",
    )

    # --- ClickHouse -----------------------------------------------------------------------------
    clickhouse_url: str | None = Field(
        None,
        description="A ClickHouse server of your own, `http(s)://host:port`; empty starts the embedded engine.",
    )
    clickhouse_port: int = _port(18123, "the embedded ClickHouse HTTP interface")
    clickhouse_user: str = Field("upbeat", description="ClickHouse user.")
    clickhouse_password: SecretStr = Field(SecretStr(""), description="Password of the ClickHouse user.")
    clickhouse_raw_database: str = Field(
        "beat_replica", pattern=r"^[a-z_][a-z0-9_]*$", description="ClickHouse database that the sink fills."
    )
    clickhouse_coffee_database: str = Field(
        "coffee",
        pattern=r"^[a-z_][a-z0-9_]*$",
        description="ClickHouse database that shows the product's tables of Postgres, live.",
    )
    clickhouse_cluster: str = Field(
        "",
        pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$",
        description="Cluster of ClickHouse servers, one shard of several replicas: tables are defined ON CLUSTER and replicate themselves; empty: one server.",
    )
    clickhouse_postgres_collection: str = Field(
        "",
        pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$",
        description="Named collection of ClickHouse that holds host, port, user and password of Postgres as seen from there; empty: the address seen from here, the password from the ClickHouse process's `PGPASSFILE`.",
    )
    clickhouse_max_memory_bytes: int = Field(
        2 * 2**30,
        ge=256 * 2**20,
        description="Memory one query may use in the embedded ClickHouse, in bytes.",
    )

    # --- Redis ----------------------------------------------------------------------------------
    redis_url: SecretStr | None = Field(
        None,
        description="A Redis of your own, `redis://[:password@]host:port/db`; empty starts the embedded one.",
    )
    redis_port: int = _port(16379, "the embedded Redis")
    redis_password: SecretStr = Field(SecretStr(""), description="Password of the embedded Redis.")
    redis_answer_seconds: float = Field(
        0.25,
        gt=0,
        le=10,
        description="How long an answer of Redis may take, at most 10 s: more for a Redis far away. A worker that waits longer keeps to its own share of the limits, and a process of the API allows each key its whole rate, until Redis answers again.",
    )

    # --- RabbitMQ -------------------------------------------------------------------------------
    rabbitmq_url: SecretStr | None = Field(
        None,
        description="A RabbitMQ of your own, `amqp(s)://user:password@host:port/vhost`; empty: none, and the outbox feeds the sink directly.",
    )
    rabbitmq_embedded: bool = Field(
        False,
        description="Start a RabbitMQ as part of the embedded stack (needs Debian's `rabbitmq-server` on the machine).",
    )
    rabbitmq_port: int = _port(18672, "the embedded RabbitMQ")
    rabbitmq_password: SecretStr = Field(
        SecretStr(""), description="Password of the embedded RabbitMQ user `upbeat`."
    )

    # --- S3 -------------------------------------------------------------------------------------
    s3_endpoint_url: str | None = Field(
        None,
        description="S3 endpoint of your own (`https://s3.eu-central-1.amazonaws.com`); empty starts the embedded one.",
    )
    s3_port: int = _port(19000, "the embedded S3")
    s3_region: str = Field("us-east-1", description="S3 region.")
    s3_access_key_id: SecretStr = Field(SecretStr(""), description="S3 access key.")
    s3_secret_access_key: SecretStr = Field(SecretStr(""), description="S3 secret key.")
    clickhouse_s3_collection: str = Field(
        "",
        pattern=r"^([A-Za-z_][A-Za-z0-9_]*)?$",
        description="Named collection of ClickHouse that holds its S3 login; empty: the login in the environment (or role) of the ClickHouse process.",
    )
    s3_raw_bucket: str = Field("upbeat-raw", description="Bucket of the raw payload archive.")
    s3_sync_bucket: str = Field(
        "upbeat-sync", description="Bucket of the files staged between ClickHouse and Postgres."
    )

    s3_operations_bucket: str = Field(
        "upbeat-operations",
        description="Bucket of backups, archived tasks, reports on data quality and the documentation of the models.",
    )

    backups_kept: int = Field(
        14, ge=1, le=3650, description="Backups of Postgres that the DAG `backup_beat` keeps, the newest."
    )
    data_quality_most_dirty_share: float = Field(
        0.01,
        ge=0,
        le=1,
        description="Share of a raw table's events that may be dirty for one reason before the DAG `data_quality_report` fails.",
    )

    # --- publishing -----------------------------------------------------------------------------
    staged_file_retention_days: int = Field(
        14,
        ge=1,
        le=3650,
        description="Staged files older than this are deleted by the DAG `queue_retention`, but those of the two newest published runs of a plan.",
    )
    sync_transport: Literal["stream", "ssh"] = Field(
        "stream",
        description="How staged files get to Postgres: streamed through us, or fetched by the database host over SSH.",
    )
    sync_ssh_host: str = Field("", description="SSH transport: the database host.")
    sync_ssh_port: int = Field(22, ge=1, le=65535, description="SSH transport: port of SSH on the host.")
    sync_ssh_user: str = Field("", description="SSH transport: user on the database host.")
    sync_ssh_key_file: Path | None = Field(
        None, description="SSH transport: file of our private key, without a passphrase."
    )
    sync_ssh_private_key: SecretStr | None = Field(
        None, description="SSH transport: our private key itself, where there is no file."
    )
    sync_ssh_host_key: str = Field(
        "",
        description="SSH transport: the host's public key (`ssh-ed25519 AAAA…`); empty: the user's known_hosts has it.",
    )
    sync_ssh_folder: str = Field(
        "/var/lib/upbeat-sync",
        pattern=r"^/[A-Za-z0-9_./-]*$",
        description="SSH transport: folder on the host that its user writes and Postgres reads.",
    )
    sync_ssh_fetch: Literal["auto", "aws", "curl"] = Field(
        "auto",
        description="SSH transport: how the host reads S3; auto takes `aws` with the host's own login where it is installed, else `curl`.",
    )

    # --- dbt ------------------------------------------------------------------------------------
    dbt_lock_wait_seconds: float = Field(
        900,
        ge=0,
        le=86_400,
        description="How long a dbt command that changes or tests models waits for the end of another one.",
    )

    # --- Airflow --------------------------------------------------------------------------------
    airflow_port: int = _port(18080, "the Airflow web UI and API")
    airflow_log_server_port: int = _port(18793, "the log server of Airflow (which is not started)")
    airflow_parallelism: int = Field(4, ge=1, le=256, description="Task processes that Airflow runs at once.")
    airflow_admin_password: SecretStr = Field(
        SecretStr(""), description="Password of the Airflow user `admin`."
    )
    airflow_fernet_key: SecretStr = Field(
        SecretStr(""), description="Key that encrypts Airflow connections at rest."
    )
    airflow_jwt_secret: SecretStr = Field(
        SecretStr(""), description="Secret that signs Airflow's API tokens."
    )
    airflow_import_folder: str = Field(
        "",
        description="Folder of the workers whose files the DAG `backfill_history` may read; empty: it reads `s3://…` alone.",
    )
    slack_webhook_url: SecretStr | None = Field(
        None, description="Slack webhook that failed DAG runs are reported to; empty logs only."
    )

    # --- upstream APIs --------------------------------------------------------------------------
    upstream: Literal["sandbox", "live"] = Field(
        "sandbox",
        description="`sandbox` sends every upstream request to the local stand-in, `live` to the real APIs.",
    )
    sandbox_port: int = _port(18900, "the sandbox of upstream APIs")
    source_urls: dict[str, str] = Field(
        default_factory=dict,
        description='Base URL by source, as JSON, when it is neither the real nor the sandbox one: `{"lama": "http://…"}`.',
    )
    source_chains: dict[str, list[str]] = Field(
        default_factory=dict,
        description='Source chain by flow, as JSON, over the catalogue\'s: `{"instagram.profile_by_handle": ["lama"]}`.',
    )
    source_limits: dict[str, str] = Field(
        default_factory=dict,
        description='Rate limit by source, as JSON, over the built-in figures: `{"graphapi": "200/h", "lama": "30/min"}`.',
    )
    limit_global_daily: str = Field("20000/day", description="Global rate limit per day.")
    limit_global_minute: str = Field("60/min", description="Global rate limit per minute.")
    limit_handle: str = Field("1/s", description="Rate limit per handle.")
    limit_levels_flows: tuple[LimitLevel, ...] = Field(
        ("handle", "source"), description="Levels that bind flows, as JSON."
    )
    limit_levels_interactive: tuple[LimitLevel, ...] = Field(
        ("global_daily", "global_minute", "handle", "source"),
        description="Levels that bind interactive look-ups, as JSON.",
    )
    graph_api_version: str = Field(
        "v15.0", pattern=r"^v\d+\.\d+$", description="Version of the Facebook Graph API."
    )
    shopify_api_version: str = Field(
        "2024-10", pattern=r"^(\d{4}-\d{2}|unstable)$", description="Version of the Shopify Admin API."
    )
    upstream_timeout_seconds: float = Field(
        20.0, gt=0, le=300, description="Longest wait for one upstream answer."
    )
    credential_key: SecretStr = Field(
        SecretStr(""),
        description="Key that encrypts credentials at rest: url-safe base64 of 32 bytes; several, comma-separated, newest first.",
    )

    credential_event_retention_days: int = Field(
        365,
        ge=1,
        le=3650,
        description="What happened to credentials longer ago than this is deleted by the DAG `queue_retention`.",
    )
    credential_validation_hours: float = Field(
        24.0,
        gt=0,
        le=8760,
        description="A credential is validated before its first use, and again after this many hours.",
    )
    graph_app_token: SecretStr = Field(
        SecretStr(""),
        description="Access token of the Graph app (`id|secret`) that asks about its tokens; empty: each token asks about itself.",
    )

    # --- queue and workers ----------------------------------------------------------------------
    task_deadline_seconds: float = Field(600, gt=0, description="Longest run of one scrape task.")
    task_lease_seconds: float = Field(
        60, gt=1, description="Lease of a claimed task; heartbeats extend it while the worker lives."
    )
    task_max_attempts: int = Field(
        5, ge=1, le=100, description="Attempts of a task before a passing error fails it."
    )
    stuck_after_seconds: float = Field(
        900, gt=0, description="A task in PROCESSING whose lease ended goes back to PENDING after this long."
    )
    task_retention_days: int = Field(
        30, ge=1, le=3650, description="Finished tasks older than this are deleted by `upbeat queue prune`."
    )
    task_failure_alert_share: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Share of failed tasks in the last hour above which `upbeat queue --alert` alerts.",
    )
    task_failure_alert_least: int = Field(
        5,
        ge=1,
        description="Fewer failed tasks than this in the last hour alert nobody, whatever their share.",
    )
    drain_seconds: float = Field(
        30, ge=0, le=3600, description="Longest wait for running tasks when a worker is asked to stop."
    )
    group_commit_size: int = Field(
        100, ge=1, le=5000, description="Most task results committed as one group."
    )
    group_commit_milliseconds: float = Field(
        50, ge=0, le=10_000, description="Longest wait for a group to fill."
    )
    task_log_events: bool = Field(
        True, description="Write an event `task_log` for every task that ends, for the marts of operations."
    )

    # --- events ---------------------------------------------------------------------------------
    sink_batch_rows: int = Field(1000, ge=1, le=1_000_000, description="Events per insert into ClickHouse.")
    sink_flush_seconds: float = Field(
        5.0, gt=0, le=600, description="Longest wait of an event in the sink's buffer."
    )
    sink_largest_batch_rows: int = Field(
        20_000, ge=1, le=1_000_000, description="Most events per insert when more wait than a batch holds."
    )
    sink_least_interval_seconds: float = Field(
        0.25,
        ge=0,
        le=60,
        description="Least time between two inserts of one kind while its batches are not of the largest size.",
    )
    sink_threads: int = Field(
        2, ge=1, le=16, description="Batches under way at once: one is encoded while another is inserted."
    )
    sink_lease_seconds: float = Field(
        60.0,
        ge=1,
        le=3600,
        description="A sink's batch is sent again by another sink after this long without a sign of life.",
    )

    # --- fake followers -------------------------------------------------------------------------
    similarity_threshold: float = Field(
        80.0,
        ge=0,
        le=100,
        description="Similarity of handle and name from which on an underscore in the handle is no sign of a fake.",
    )
    aws_endpoint_url: str | None = Field(
        None,
        description="Where SQS and Kinesis are, when that is not AWS (`http://127.0.0.1:5000`); empty: AWS, with the login that boto3 finds.",
    )
    aws_region: str = Field(
        "",
        pattern=r"^[a-z0-9-]*$",
        description="AWS region of the score queue and stream; empty: the one that boto3 finds.",
    )
    score_queue: str = Field(
        "upbeat-followers",
        pattern=r"^[A-Za-z0-9_-]{1,75}$",
        description="SQS queue of followers that wait to be scored on Lambda; what it cannot read ends in `<name>-dead`.",
    )
    score_stream: str = Field(
        "upbeat-follower-scores",
        pattern=r"^[A-Za-z0-9_.-]{1,128}$",
        description="Kinesis stream of the scores that Lambda made.",
    )
    score_queue_batch: int = Field(
        500, ge=1, le=5_000, description="Most followers in one message of the score queue."
    )

    @field_validator("state_dir")
    @classmethod
    def _same_from_every_folder(cls, value: Path) -> Path:
        """Parts run in folders of their own: a relative path would mean another one there."""
        return value.expanduser().absolute()

    @field_validator("postgres_url", "redis_url", "rabbitmq_url")
    @classmethod
    def _login_url(cls, value: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        """Refused here without its text: whoever else reads it would quote a piece, which may be the password."""
        if value is None:
            return None
        text = value.get_secret_value()
        _require_url(text, _LOGIN_URL_SCHEMES[str(info.field_name)])
        # SQLAlchemy knows the long name only.
        return SecretStr(re.sub(r"^postgres://", "postgresql://", text))

    @field_validator("clickhouse_url", "s3_endpoint_url", "aws_endpoint_url")
    @classmethod
    def _plain_url(cls, value: str | None, info: ValidationInfo) -> str | None:
        """These are shown to people and written to logs: the login is in settings of its own."""
        if value is None:
            return None
        if "@" in _require_url(value, ("http", "https")).netloc:
            raise ValueError(f"holds a login: put that into {_LOGIN_SETTINGS[str(info.field_name)]}")
        return value

    # --- where the parts are --------------------------------------------------------------------
    def postgres_dsn(self) -> str:
        """URL of the Postgres database, with its password."""
        if self.postgres_url is not None:
            return self.postgres_url.get_secret_value()
        password = quote(self.postgres_password.get_secret_value(), safe="")
        return f"postgresql://upbeat:{password}@127.0.0.1:{self.postgres_port}/upbeat"

    def clickhouse_http_url(self) -> str:
        """URL of the ClickHouse HTTP interface, without login."""
        return (self.clickhouse_url or f"http://127.0.0.1:{self.clickhouse_port}").rstrip("/")

    def redis_dsn(self) -> str:
        """URL of Redis, with its password where it has one."""
        if self.redis_url is not None:
            return self.redis_url.get_secret_value()
        password = quote(self.redis_password.get_secret_value(), safe="")
        return f"redis://{f':{password}@' if password else ''}127.0.0.1:{self.redis_port}/0"

    def rabbitmq_dsn(self) -> str | None:
        """URL of RabbitMQ, with its password; None when there is none and the outbox feeds the sink directly."""
        if self.rabbitmq_url is not None:
            return self.rabbitmq_url.get_secret_value()
        if not self.rabbitmq_embedded:
            return None
        password = quote(self.rabbitmq_password.get_secret_value(), safe="")
        return f"amqp://upbeat:{password}@127.0.0.1:{self.rabbitmq_port}/%2F"

    def s3_endpoint(self) -> str:
        """URL of the S3 service."""
        return (self.s3_endpoint_url or f"http://127.0.0.1:{self.s3_port}").rstrip("/")

    def sandbox_url(self) -> str:
        """URL of the sandbox of upstream APIs."""
        return f"http://127.0.0.1:{self.sandbox_port}"

    def source_base_url(self, source: str, real: str) -> str:
        """Where requests to `source` go: `real` is the URL of the real API, host and path prefix."""
        if source in self.source_urls:
            return self.source_urls[source].rstrip("/")
        if self.upstream == "live":
            return real.rstrip("/")
        parts = urlsplit(real)
        return f"{self.sandbox_url()}/{parts.netloc}{parts.path}".rstrip("/")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The order of the module's docstring."""
        return (
            init_settings,
            env_settings,
            SecretFilesSource(settings_cls, ENV_PREFIX),
            DotEnvSettingsSource(settings_cls, env_file=dotenv_file()),
            DotEnvSettingsSource(settings_cls, env_file=secrets_file(default_state_dir())),
        )


def _require_url(text: str, schemes: tuple[str, ...]) -> SplitResult:
    """The parts of a URL of one of these schemes; ValueError without a piece of the URL when it is none."""
    problem = f"is no URL {schemes[0]}://…: write @ : / % and other signs of a password as %40 %3A %2F %25"
    try:
        parts = urlsplit(text)
        usable = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or re.search(r"%(?![0-9A-Fa-f]{2})", text) or parts.netloc.count("@") > 1:
        raise ValueError(problem)
    return parts


def secrets_file(state_dir: Path) -> Path:
    """Where `upbeat up` keeps the passwords and keys that it generated."""
    return state_dir / "secrets.env"


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once. Tests build their own `Settings(...)` and pass it on."""
    return Settings()
