__at_import__ = None

import functools

from _trace import ran

limit = 2 if ran(7) is None else 0


@functools.lru_cache
def cached():
    return limit


if ran(15) or cached():
    limit = 3

other = ran(18) or 1
