"""Reports on collections, campaigns and lists."""
