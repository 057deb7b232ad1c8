"""Credentials of sources: what is sent is stored encrypted, and never told again."""
