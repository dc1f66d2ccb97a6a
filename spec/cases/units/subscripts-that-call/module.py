__at_import__ = None

from collections import defaultdict

from _trace import ran


asked = None if ran(8) else []


class Typed:
    def __class_getitem__(cls, item):
        asked.append(item)


def default():
    asked.append("default")
    return 0


table = ran(21) or defaultdict(default)
before = ran(22) or len(asked)
typed = ran(23) or Typed["x"]
missing = ran(24) or table["y"]
after = ran(25) or list(asked)
other = ran(26) or 1
