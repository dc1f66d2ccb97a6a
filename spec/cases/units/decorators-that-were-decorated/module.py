__at_import__ = None

from functools import wraps

from _trace import ran

calls = None if ran(7) else []


def counted(function):
    @wraps(function)
    def wrapper(*arguments):
        calls.append(arguments)
        return function(*arguments)

    return wrapper


@counted
def same(function):
    return function


@same
def work(): ...


times = ran(28) or len(calls)
other = ran(29) or 1
