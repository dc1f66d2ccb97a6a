__at_import__ = None

from _trace import ran


from typing import get_overloads, overload


@overload
def double(thing: int) -> int: ...


@overload
def double(thing: str) -> str: ...


def double(thing):
    return thing + thing


count = ran(21) or len(get_overloads(double))
other = ran(22) or 1
