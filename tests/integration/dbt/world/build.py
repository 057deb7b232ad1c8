"""Builds the world of a seed: rows of every raw table and of every table of the product."""

from __future__ import annotations

import random

from . import audience, commerce, operations, people, posts, product
from .world import World


def build_world(seed: int) -> World:
    """The same rows for the same seed, with ties, unknown values, repeated, late and future rows on both platforms."""
    rng, world = random.Random(seed), World()
    found = people.people(rng)
    people.add_accounts(world, rng, found)
    people.add_profile_log(world, rng, found)
    posts.add_posts(world, rng, found)
    posts.add_stories(world, rng, found)
    posts.add_comments(world, rng)
    posts.add_hashtags(world, rng)
    audience.add_relations(world, rng, found)
    audience.add_scores(world, rng, found)
    audience.add_enrichments(world, rng, found)
    audience.add_insights(world, rng, found)
    commerce.add_orders(world, rng)
    commerce.add_products(world, rng)
    operations.add_task_log(world, rng)
    operations.add_assets(world, rng, found)
    operations.add_neighbours(world, rng)
    product.add_campaigns(world, rng, found)
    product.add_collections(world, rng, found)
    product.add_lists(world, rng, found)
    product.add_credential_events(world)
    return world
