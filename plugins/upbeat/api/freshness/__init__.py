"""How fresh the published tables are."""
