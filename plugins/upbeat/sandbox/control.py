"""The client of the sandbox's control API, for the CLI, the demo and tests."""

from __future__ import annotations

import re
from types import TracebackType
from typing import Any, Self

import httpx

from upbeat.errors import InputError


def _account(handle: str) -> str:
    if not re.fullmatch(r"[\w.]{1,64}", handle):
        raise InputError(f"handle={handle}: no account can have it: letters, digits, dots and underscores")
    return f"world/instagram/{handle}"


def _channel(name: str) -> str:
    if not re.fullmatch(r"@?[\w.-]{1,64}", name):
        raise InputError(
            f"channel={name}: no channel can have it: letters, digits, dots, hyphens, underscores"
        )
    return f"world/youtube/{name}"


class SandboxControl:
    """Talks to a running sandbox. `InputError` for what it refuses; `httpx.HTTPError` when it does not answer."""

    def __init__(self, base_url: str, *, timeout: float = 10.0) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=timeout, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _call(self, method: str, path: str, *, body: Any = None, **query: Any) -> Any:
        wanted = {name: value for name, value in query.items() if value is not None}
        response = self._client.request(method, f"/_sandbox/{path}", json=body, params=wanted)
        if 400 <= response.status_code < 500:
            raise InputError(response.json().get("error", response.text))
        response.raise_for_status()
        return response.json()

    def health(self) -> dict[str, Any]:
        """`status`, number of `creators`, `sources` (name → host)."""
        return self._call("GET", "health")

    def creators(self, limit: int | None = None) -> list[dict[str, Any]]:
        """The creators of the table, largest first as shipped, as they stand: `handle`, `profile_id`, counts, …"""
        return self._call("GET", "world/instagram", limit=limit)["creators"]

    def test_accounts(self) -> dict[str, str]:
        """The accounts for tests: handle → the case it shows."""
        return self._call("GET", "world/instagram", limit=0)["test_accounts"]

    def creator(self, handle: str) -> dict[str, Any]:
        """One account as it stands."""
        return self._call("GET", _account(handle))

    def change_creator(self, handle: str, **facts: Any) -> dict[str, Any]:
        """Change facts of an account (`world.CHANGEABLE`), for good; the account afterwards."""
        return self._call("POST", _account(handle), body=facts)

    def make_creator(self, handle: str, **facts: Any) -> dict[str, Any]:
        """The same for an account that may not be there yet: it is made up then."""
        return self._call("POST", _account(handle), body={**facts, "create": True})

    def restore(self, handle: str | None = None) -> None:
        """Undo the changes of one account, or of all."""
        self._call("DELETE", "world/instagram" if handle is None else _account(handle))

    def channels(self, limit: int | None = None) -> list[dict[str, Any]]:
        """The YouTube channels of the table, largest first as shipped: `handle`, `channel_id`, counts, ids of `videos`, `playlists`."""
        return self._call("GET", "world/youtube", limit=limit)["channels"]

    def channel(self, name: str) -> dict[str, Any]:
        """One YouTube channel as it stands, by handle or id."""
        return self._call("GET", _channel(name))

    def change_channel(self, handle: str, **facts: Any) -> dict[str, Any]:
        """Change facts of a YouTube channel (`youtube_world.CHANGEABLE`), for good; the channel afterwards."""
        return self._call("POST", _channel(handle), body=facts)

    def add_fault(
        self,
        source: str,
        fault: str,
        *,
        probability: float = 1.0,
        handle: str | None = None,
        credential: str | None = None,
        field: str | None = None,
        times: int | None = None,
        seconds: float | None = None,
    ) -> int:
        """Order a fault (`faults.KINDS`); its id."""
        body = {
            "source": source,
            "fault": fault,
            "probability": probability,
            "handle": handle,
            "credential": credential,
            "field": field,
            "times": times,
            "seconds": seconds,
        }
        return self._call("POST", "faults", body=body)["id"]

    def faults(self) -> list[dict[str, Any]]:
        """The faults in force."""
        return self._call("GET", "faults")["faults"]

    def end_faults(self, *, id: int | None = None, source: str | None = None) -> int:
        """End one fault, those of a source, or all; how many there were."""
        return self._call("DELETE", "faults", id=id, source=source)["ended"]

    def limits(self) -> dict[str, dict[str, Any]]:
        """The limit in force per source: `requests` (None: no limit) in `seconds`."""
        return self._call("GET", "limits")

    def set_limit(self, source: str, requests: int | None, seconds: float | None = None) -> None:
        """Set a source's limit; None for `requests` is no limit, None for `seconds` keeps the window."""
        body = {"source": source, "requests": requests, **({"seconds": seconds} if seconds else {})}
        self._call("POST", "limits", body=body)

    def lift_limits(self) -> None:
        """No limit on any source."""
        for source in self.limits():
            self.set_limit(source, None)

    def reset_limits(self) -> None:
        """Back to the limits of the real APIs."""
        self._call("DELETE", "limits")

    def credentials(self) -> dict[str, dict[str, str]]:
        """The made-up credentials: source → credential → state."""
        return self._call("GET", "credentials")

    def set_credential(self, source: str, credential: str, state: str) -> None:
        """Put a made-up credential into a state (`credential_states.STATES`)."""
        body = {"source": source, "credential": credential, "state": state}
        self._call("POST", "credentials", body=body)

    def make_credential(self, source: str, credential: str) -> None:
        """Let a source know one more credential, valid, until the reset."""
        body = {"source": source, "credential": credential, "state": "valid", "create": True}
        self._call("POST", "credentials", body=body)

    def reset_credentials(self) -> None:
        """All credentials valid again."""
        self._call("DELETE", "credentials")

    def settings(self) -> dict[str, str]:
        """The settings in force."""
        return self._call("GET", "settings")

    def set_setting(self, name: str, value: str) -> None:
        """Change a setting (`world.SETTINGS`)."""
        self._call("POST", "settings", body={name: value})

    def requests(self, **wanted: str | int) -> dict[str, Any]:
        """Counts of requests that match `source`, `endpoint`, `handle`, `credential`, `status`: `total`,
        `by_source`, `by_status`, and `requests`, one row each."""
        return self._call("GET", "requests", **wanted)

    def reset_requests(self) -> None:
        """Begin counting at 0."""
        self._call("DELETE", "requests")

    def llm(self) -> dict[str, Any]:
        """The language model: `behaviour`, `prompts` (fingerprint → beginning of the system message), `completions`, `tokens`."""
        return self._call("GET", "llm")

    def set_llm(self, **values: Any) -> dict[str, Any]:
        """Set fields of `llm_behaviour.Behaviour`; the rest stays."""
        return self._call("POST", "llm", body=values)

    def add_accuracy(
        self,
        accuracy: float,
        *,
        kind: str | None = None,
        field: str | None = None,
        prompt_contains: str | None = None,
        model: str | None = None,
    ) -> dict[str, Any]:
        """One more `llm_behaviour.AccuracyRule`; it goes before the earlier ones."""
        rule = {"kind": kind, "field": field, "prompt_contains": prompt_contains, "model": model}
        return self._call("POST", "llm/accuracy", body={"accuracy": accuracy, **rule})

    def end_accuracies(self) -> None:
        """No accuracy rule; the general accuracy stays."""
        self._call("DELETE", "llm/accuracy")

    def reset_llm(self) -> None:
        """The language model as at the start: behaviour, budgets, counts, files, batches."""
        self._call("DELETE", "llm")

    def completions(self, **wanted: str) -> dict[str, Any]:
        """Completions that were served, hence paid for, and match `source`, `mode`, `handle`, `kind`, `model`, `is_repair`,
        `outcome`: `total`, `tokens` (of all), and `completions`, one row each."""
        return self._call("GET", "llm/completions", **wanted)

    def reset_completions(self) -> None:
        """Begin counting completions at 0."""
        self._call("DELETE", "llm/completions")

    def truth(self, handle: str, *, platform: str | None = None, text: str | None = None) -> dict[str, Any]:
        """What is true of a creator for the language model; all of it is made up."""
        return self._call("GET", "llm/truth", handle=handle, platform=platform, text=text)

    def reset(self) -> None:
        """Everything as at the first start: world, faults, limits, credentials, counts, language model. Settings stay."""
        self.restore()
        self.end_faults()
        self.reset_limits()
        self.reset_credentials()
        self.reset_requests()
        self.reset_llm()
