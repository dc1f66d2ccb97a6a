__at_import__ = None

import typing

from _trace import ran

log = []


class Looking:
    @staticmethod
    def look(shelf):
        log.append(1)
        return 0


@typing.runtime_checkable
class Sized(typing.Protocol):
    size: int


look = Looking.look


class Shelf:
    size = property(look)


is_sized = isinstance(Shelf(), Sized)
asked = len(log)
other = ran(31) or 1
