__at_import__ = None

from _trace import ran


from functools import singledispatch


@singledispatch
def describe(thing):
    return "a thing"


@describe.register(int)
def _(thing):
    return "a number"


said = ran(19) or describe(3)
other = ran(20) or 1
