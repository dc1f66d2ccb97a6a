__at_import__ = None

from _trace import ran


made = None if ran(6) else []


class Kind(type):
    def __new__(kind, name, bases, body):
        made.append(name)
        return type.__new__(kind, name, bases, body)


class First(metaclass=Kind):
    line = ran(16)


class Second(metaclass=Kind):
    line = ran(20)


other = ran(23) or 1
