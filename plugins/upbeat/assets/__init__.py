"""Pictures and media of profiles and posts: fetched once, checked, kept under the hash of their content."""
