"""
Long values in few words: for reports that people read.

Two texts that differ somewhere are shown from shortly before that place, and cut when they are long.
"""

from __future__ import annotations

WIDTH = 300  # characters of a value that are printed
LEAD = 60  # characters before the difference


def short(text: str) -> str:
    """Return `text` in lines that are indented, and cut."""
    flat = text.replace("\n", "\n        ")
    return flat if len(flat) <= WIDTH else flat[:WIDTH] + f"… ({len(text)} characters)"


def difference(before: str, after: str) -> tuple[str, str]:
    """Return both values from shortly before the place where they part."""
    at = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after)))
    start = max(0, at - LEAD)
    lead = "…" if start else ""
    return short(lead + before[start:]), short(lead + after[start:])
