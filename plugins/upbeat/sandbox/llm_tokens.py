"""How many tokens a text has, roughly: a real tokenizer is no part of the sandbox."""

from __future__ import annotations


def tokens_of(text: str) -> int:
    """A quarter of the bytes in UTF-8: English about as the models count, other scripts somewhat more than they do."""
    return (len(text) if text.isascii() else len(text.encode("utf-8", "replace"))) // 4 + 1 if text else 0


def first_tokens(text: str, most: int) -> str:
    """The beginning of a text that has at most `most` tokens by the same count."""
    encoded = text.encode("utf-8", "replace")[: max(0, 4 * most - 1)]
    return encoded.decode("utf-8", "ignore")
