"""Imported once by the server that worker processes are forked from: they share what it has loaded.

Nothing here may start a thread or open a connection: neither survives a fork.
"""

import gc

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
import upbeat.workers.worker  # noqa: F401

# The collector would write into the pages of every object that the forks share.
gc.collect()
gc.freeze()
