"""Whether the process lives, and whether it takes requests."""
