"""Imported once by the server that worker processes are forked from: they share what it has loaded.

Nothing here may start a thread or open a connection: neither survives a fork.
"""

import gc

import orjson  # noqa: F401
import uvloop  # noqa: F401

import upbeat.crawlers.fallback
import upbeat.crawlers.http
import upbeat.crawlers.registry
import upbeat.credentials
import upbeat.ingestion.archive
import upbeat.ingestion.retrieve
import upbeat.ratelimit
import upbeat.stores.objects
import upbeat.stores.postgres
import upbeat.workers.pool
import upbeat.workers.runners
import upbeat.workers.worker  # noqa: F401
from upbeat.ratelimit import limiter_of
from upbeat.settings import get_settings
from upbeat.stores.objects import s3_client

# Made and thrown away: these import what they need when they are first used, half of a worker's memory. They connect later.
s3_client(get_settings())
limiter_of(get_settings())

# The collector would write into the pages of every object that the forks share.
gc.collect()
gc.freeze()
