__at_import__ = None

from _trace import ran

calls = None if ran(5) else []


def count(function):
    calls.append(function)
    return function


@(lambda function: count(function))
def work(): ...


times = ran(17) or len(calls)
other = ran(18) or 1
