"""How good a version of a prompt is on labelled rows, and whether it may take the place of the active one (ADR 26)."""
