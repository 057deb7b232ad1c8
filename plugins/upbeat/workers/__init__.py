"""Workers: processes that claim tasks, run them through the source chain and commit what they found in groups."""
