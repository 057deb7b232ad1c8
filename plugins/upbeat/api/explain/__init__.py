"""What each figure is made of: `?explain=true`."""
