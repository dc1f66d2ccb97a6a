"""A small vendored library, which says that it may be deferred."""

__at_import__ = None

from unpacker._vendor.columns import align


def table(names: list[str]) -> str:
    return "\n".join(align(str(number), name) for number, name in enumerate(names, 1))
