"""The console: pages for people over the published tables, rendered on the server."""
