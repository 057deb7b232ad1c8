"""Requests to the sandbox's stand-ins of YouTube's APIs, with their credentials unless told otherwise."""

from __future__ import annotations

import httpx

from upbeat.sandbox.google_api import KEYS, TOKENS
from upbeat.sandbox.rapidapi import KEYS as RAPIDAPI_KEYS

from .conftest import Caller


async def data_api(caller: Caller, resource: str, *, key: str = KEYS[0], **query: str) -> httpx.Response:
    headers = {"X-Goog-Api-Key": key} if key else {}
    url = f"/www.googleapis.com/youtube/v3/{resource}"
    return await caller.client.get(url, params=query, headers=headers)


async def analytics(caller: Caller, *, token: str = TOKENS[0], **query: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return await caller.client.get(
        "/youtubeanalytics.googleapis.com/v2/reports", params=query, headers=headers
    )


async def youtube138(
    caller: Caller, path: str, *, key: str = RAPIDAPI_KEYS[0], **query: str
) -> httpx.Response:
    url = f"/youtube138.p.rapidapi.com{path}"
    return await caller.client.get(url, params=query, headers={"X-RapidAPI-Key": key})
