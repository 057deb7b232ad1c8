"""Live look-ups: a profile or post as its sources tell it now, through limits, fallback chain and cache."""
