"""Lists that people keep of creators."""
