"""Sources of shop data: one module per source."""
