__at_import__ = None

import threading
from contextvars import ContextVar

from _trace import ran

state = threading.local()
state.depth = 1 if ran(9) else 0


class Own(threading.local):
    made = ran(13)


own = Own()
own.depth = 0 if ran(17) else 1
level = ContextVar("level")
level.set(2)
before = ran(20) or state.depth


def enter():
    own.depth += 1
    return own.depth


inside = ran(28) or enter()
empty = ran(29) or threading.local()
other = ran(30) or 1
