"""A warehouse of the size that the product has: raw rows by SQL, dbt as a person runs it, and the bare statements beside it."""
