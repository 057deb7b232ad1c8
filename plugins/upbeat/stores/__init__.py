"""The only places that open connections: Postgres, ClickHouse, S3, Redis, a broker. They know no domain."""
