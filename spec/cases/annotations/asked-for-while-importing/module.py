__at_import__ = None

from _trace import ran

first = ran(5) or "a"


def plain(x: first): ...


notes = ran(11) or plain.__annotations__["x"]
first = ran(12) or "b"
