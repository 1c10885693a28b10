"""Text from pages and files, made safe to print."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with whatever could move the cursor, change the terminal or reorder letters made visible."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c.isspace() else ascii(c)[1:-1] for c in text)
