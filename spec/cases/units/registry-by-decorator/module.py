__at_import__ = None

from _trace import ran

registry = ran(5) or {}


def register(function):
    ran(9)
    registry[function.__name__] = function
    return function


@register
def first():
    return 1


names = ran(19) or sorted(registry)
unrelated = ran(20) or 0
