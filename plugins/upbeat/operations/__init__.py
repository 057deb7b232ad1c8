"""What keeps the platform healthy and is no part of the data's way: freshness, data quality, backups, checks of what was published."""
