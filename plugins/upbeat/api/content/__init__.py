"""Rankings of posts and hashtags."""
