"""The REST API: a package per resource (routes, service, queries, schemas) and what they share."""
