"""The tour that `make demo` gives: it triggers the real DAGs over the sandbox's creators and shows what they made."""
