"""Which provider is asked, where and with what key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from upbeat.enrichment.provider_errors import KEY_SETTING
from upbeat.errors import InputError
from upbeat.settings import Settings

if TYPE_CHECKING:
    from openai import AsyncOpenAI

OPENAI_URL = "https://api.openai.com/v1"
SANDBOX_FINGERPRINT = "fp_sandbox"
CONNECT_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """Where questions go. `source` is what `UPBEAT_SOURCE_URLS` calls it, `name` what people do."""

    source: Literal["openai", "azure_openai"]
    base_url: str
    key: str = field(repr=False)
    upstream: Literal["sandbox", "live"]
    api_version: str = ""
    deployments: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For people."""
        return "OpenAI" if self.source == "openai" else "Azure OpenAI"

    @property
    def is_sandbox(self) -> bool:
        """Whether it is the stand-in."""
        return self.upstream == "sandbox"

    def wire_model(self, model: str) -> str:
        """What the provider calls the model: on Azure a deployment."""
        return self.deployments.get(model, model)

    def check_origin(self, body: Mapping[str, Any]) -> None:
        """Figures of the stand-in never pass for a real model's, nor the other way round.

        Raises:
            InputError: the completion comes from the other one.
        """
        stated = str(body.get("system_fingerprint") or "")
        if stated and (stated == SANDBOX_FINGERPRINT) != self.is_sandbox:
            said = "the sandbox" if stated == SANDBOX_FINGERPRINT else "a real model"
            raise InputError(
                f"{said} answers at {self.base_url}, which UPBEAT_UPSTREAM={self.upstream} does not allow"
            )

    def connect(self, timeout_seconds: float) -> AsyncOpenAI:
        """A client of the `openai` package. It does not retry: waiting, and what a try may have cost, are ours to know."""
        from openai import AsyncAzureOpenAI, AsyncOpenAI, DefaultAsyncHttpxClient, Timeout

        # A connection that does not come about ends well before the request's own time, which counts as sent.
        timeout = Timeout(timeout_seconds, connect=min(CONNECT_SECONDS, timeout_seconds / 2))
        # The stand-in is on loopback: a proxy that the environment names is not asked for it.
        http_client = DefaultAsyncHttpxClient(trust_env=not self.is_sandbox, timeout=timeout)
        client: AsyncOpenAI
        if self.source == "azure_openai":
            client = AsyncAzureOpenAI(
                base_url=self.base_url,
                api_key=self.key,
                api_version=self.api_version,
                max_retries=0,
                http_client=http_client,
                timeout=timeout,
            )
        else:
            client = AsyncOpenAI(
                base_url=self.base_url,
                api_key=self.key,
                max_retries=0,
                http_client=http_client,
                timeout=timeout,
            )
        # The package reads these from variables of its own; ours are all in the settings.
        client.organization = client.project = None
        # Loads the package's modules for chats now, in place of within the first question's latency.
        assert client.chat.completions is not None
        return client


def provider_of(settings: Settings) -> Provider:
    """The provider that the settings describe.

    Raises:
        InputError: the real one is to be asked and there is no key.
    """
    is_azure = settings.llm_provider == "azure"
    real = f"{settings.llm_azure_endpoint}/openai" if is_azure else OPENAI_URL
    source: Literal["openai", "azure_openai"] = "azure_openai" if is_azure else "openai"
    key = settings.llm_api_key.get_secret_value()
    if settings.upstream == "live" and not key.strip():
        raise InputError(
            f"{KEY_SETTING} is not set: a real model is asked with a key of yours (UPBEAT_UPSTREAM=sandbox needs none)"
        )
    return Provider(
        source=source,
        base_url=settings.source_base_url(source, real),
        # The real key is not shown to the stand-in.
        key=key if settings.upstream == "live" else "sandbox",
        upstream=settings.upstream,
        api_version=settings.llm_azure_api_version if is_azure else "",
        deployments=settings.llm_azure_deployments if is_azure else {},
    )
