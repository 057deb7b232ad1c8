"""The messages that other services send, one file each: schema, rules, and an example that is valid."""
