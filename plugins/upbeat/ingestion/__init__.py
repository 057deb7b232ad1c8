"""From a task to stored rows: retrieve (ask sources), archive (keep raw answers), process (one transaction)."""
