"""The settings of enrichment by a language model: where it is asked, with what, at which price, within which budget."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings


class ModelPrice(BaseModel):
    """What a model costs, in US dollars per million tokens. `cached_input` None: as `input`. `batch` is the batch mode's share of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Decimal = Field(ge=0)
    cached_input: Decimal | None = Field(None, ge=0)
    output: Decimal = Field(ge=0)
    batch: Decimal = Field(Decimal("0.5"), gt=0, le=1)


def _price(given: str, cached: str | None, output: str) -> ModelPrice:
    return ModelPrice(
        input=Decimal(given), cached_input=None if cached is None else Decimal(cached), output=Decimal(output)
    )


PUBLISHED_PRICES = {
    "gpt-4.1-nano": _price("0.10", "0.025", "0.40"),
    "gpt-4.1-mini": _price("0.40", "0.10", "1.60"),
    "gpt-4.1": _price("2.00", "0.50", "8.00"),
    "gpt-4o-mini": _price("0.15", "0.075", "0.60"),
    "gpt-4o": _price("2.50", "1.25", "10.00"),
    "gpt-35-turbo": _price("0.50", None, "1.50"),
}
"""As published; a setting states others, and models that are not here."""


class LlmSettings(BaseSettings):
    """Mixed into `upbeat.settings.Settings`."""

    llm_provider: Literal["openai", "azure"] = Field(
        "openai",
        description="Whose API enrichment speaks: `openai` or `azure`. Where it goes is `UPBEAT_UPSTREAM`'s to say: the sandbox, or the real one.",
    )
    llm_api_key: SecretStr = Field(
        SecretStr(""), description="API key of OpenAI or Azure OpenAI; the sandbox needs none."
    )
    llm_azure_endpoint: str = Field(
        "https://upbeat.openai.azure.com",
        pattern=r"^https://[a-z0-9-]+\.openai\.azure\.com$",
        description="Endpoint of the Azure OpenAI resource.",
    )
    llm_azure_api_version: str = Field(
        "2024-10-21",
        pattern=r"^\d{4}-\d{2}-\d{2}(-preview)?$",
        description="Version of the Azure OpenAI API; structured output needs 2024-08-01-preview or later.",
    )
    llm_azure_deployments: dict[str, str] = Field(
        default_factory=dict,
        description='Azure deployment by model, as JSON, where it is not named as the model: `{"gpt-4.1-mini": "enrich"}`.',
    )
    llm_model: str = Field(
        "", description="Model that is asked in place of the one that a prompt names; empty: the prompt's."
    )
    llm_prompt_versions: dict[str, str] = Field(
        default_factory=dict,
        description='Version of a prompt by kind, as JSON, in place of the active one: `{"base_gender": "v0.02"}`; one that did not pass its evaluation is refused.',
    )
    llm_prices: dict[str, ModelPrice] = Field(
        default_factory=dict,
        description='US dollars per million tokens by model, as JSON: `{"gpt-4.1-mini": {"input": 0.4, "cached_input": 0.1, "output": 1.6}}`; the published ones stand for the others.',
    )
    llm_daily_budget_usd: Decimal = Field(
        Decimal("10"), ge=0, description="Most that enrichment may cost on one day (UTC), in US dollars."
    )
    llm_timeout_seconds: float = Field(
        60.0, gt=0, le=600, description="Seconds that one request to the language model may take."
    )
    llm_concurrency: int = Field(
        5,
        ge=1,
        le=200,
        description="Calls of the language model at once in each worker process; a flow of enrichment has two processes of ten tasks each, so more than ten need `upbeat work --concurrency`.",
    )
    llm_backoff_seconds: Annotated[float, Field(gt=0, le=600)] = Field(
        120.0, description="Longest that a request waits on 429 before its task is put back, in seconds."
    )
    llm_batch_poll_seconds: float = Field(
        60.0, gt=0, le=3600, description="Seconds between two looks at a batch that the provider works off."
    )
    llm_batch_requests: int = Field(
        50_000, ge=1, le=50_000, description="Most questions of one batch; the providers take 50,000."
    )
    llm_batch_megabytes: float = Field(
        100.0, gt=0, le=200, description="Largest file of one batch, in MB; the providers take 200."
    )
    llm_batch_wait_hours: float = Field(
        25.0,
        gt=0,
        le=26,
        description="Hours after which a run waits no longer for its batches; the providers end them after 24.",
    )

    def llm_price(self, model: str) -> ModelPrice | None:
        """What the model costs; a dated name (`gpt-4.1-mini-2025-04-14`) has the price of the name without the date."""
        prices = {**PUBLISHED_PRICES, **self.llm_prices}
        known = [name for name in prices if model == name or model.startswith(f"{name}-20")]
        return prices[max(known, key=len)] if known else None
