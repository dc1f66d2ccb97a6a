__at_import__ = None

from _trace import ran

first = ran(5) or 1


def __getattr__(name):
    if name == "virtual":
        return ran(10) or "virtual"
    raise AttributeError(f"there is no {name} here")
