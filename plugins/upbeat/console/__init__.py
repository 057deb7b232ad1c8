"""The console: pages for people over the published tables, rendered on the server. It reads through the services of the API."""
