__at_import__ = None

from _trace import ran

asked = None if ran(5) else []


class Pairs:
    def keys(self):
        asked.append("keys")
        return ["a"]

    def __getitem__(self, key):
        return 1


class Table(dict):
    def get(self, *arguments):
        asked.append("get")
        return 2


pairs = ran(23) or dict(Pairs())
match ran(24) or Table(a=1):
    case {"a": found}:
        pass
times = ran(27) or tuple(asked)
other = ran(28) or 1
