"""The settings of the REST API, of the assets that are kept beside the figures, and of the console."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class ApiSettings(BaseSettings):
    """Mixed into `upbeat.settings.Settings`."""

    # --- REST API -------------------------------------------------------------------------------
    api_host: str = Field("127.0.0.1", description="Address that `upbeat api` listens on.")
    api_port: int = Field(18081, ge=1, le=65535, description="Port of the REST API and the console.")
    api_connections: int = Field(
        8, ge=1, le=200, description="Most connections to Postgres of one process of the API."
    )
    api_secret: SecretStr = Field(
        SecretStr(""), description="Secret that signs the cursors of pages and the console's sessions."
    )
    api_key_rate: str = Field(
        "600/min", description="Requests that one API key may make, where the key states no rate of its own."
    )
    api_largest_body_bytes: int = Field(
        2**20, ge=1024, le=64 * 2**20, description="Largest body of a request to the API, in bytes."
    )
    api_body_seconds: float = Field(
        10.0, gt=0, le=300, description="Longest that a client may take to send the body of a request."
    )
    api_largest_page: int = Field(200, ge=1, le=1000, description="Most rows of one page.")
    api_page_memory_bytes: int = Field(
        32 * 2**20,
        ge=0,
        le=2**34,
        description="Most bytes of pages of published tables that one process of the API keeps, until they are published anew; 0: none.",
    )
    api_lookup_seconds: float = Field(
        8.0,
        ge=0,
        le=60,
        description="Longest that a live look-up keeps its caller waiting; after that the answer is 202 and a task.",
    )
    api_lookup_cache_seconds: float = Field(
        300.0,
        ge=0,
        le=86_400,
        description="A profile or post that was looked up less long ago is not asked for again.",
    )
    api_lookup_expiry_seconds: float = Field(
        600.0,
        ge=60,
        le=86_400,
        description="A look-up that waits for a limit or a worker is dropped after this: nobody waits for its answer any more.",
    )
    api_drain_seconds: float = Field(
        20.0,
        ge=0,
        le=3600,
        description="Longest wait for the requests under way when the API is asked to stop.",
    )
    api_drain_notice_seconds: float = Field(
        2.0,
        ge=0,
        le=300,
        description="How long the API still serves after `/health/ready` has turned off, so that a proxy sees it first.",
    )

    # --- assets ---------------------------------------------------------------------------------
    s3_assets_bucket: str = Field(
        "upbeat-assets", description="Bucket of pictures and media of profiles and posts."
    )
    asset_base_url: str = Field(
        "", description="Base URL of the CDN in front of the assets; empty: the API serves them at `/assets`."
    )
    asset_largest_bytes: int = Field(
        25 * 2**20, ge=1024, le=2**30, description="Largest picture or film that is kept, in bytes."
    )
    asset_fetch_seconds: float = Field(
        60.0,
        gt=0,
        le=540,
        description="Longest that fetching one picture or film may take, redirects included.",
    )
    asset_retention_days: int = Field(
        90,
        ge=1,
        le=3650,
        description="An asset that no profile or post has used for this long is deleted by the DAG `assets_retention`.",
    )

    # --- console --------------------------------------------------------------------------------
    console_session_seconds: int = Field(
        3600, ge=60, le=86_400, description="How long a login at the console of `upbeat api` lasts."
    )
