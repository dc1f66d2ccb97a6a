from _trace import ran

other = ran(3) or "other"


def __at_import__():
    ran(7)
    raise ZeroDivisionError("in the hook")
