"""The audiences of creators: who of them is drawn as a sample, how each is scored, and what that says of all."""
