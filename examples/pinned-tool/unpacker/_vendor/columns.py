"""Another one; the first imports it."""

__at_import__ = None


def align(left: str, right: str) -> str:
    return f"{left:>4}  {right}"
