"""Integration tests run against the embedded services; the fixtures `stack` and `settings` stand in `tests/conftest.py`."""
