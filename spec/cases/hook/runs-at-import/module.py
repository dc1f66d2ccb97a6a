from _trace import ran

needed = None if ran(3) else []
other = ran(4) or "other"


def __at_import__():
    needed.append("hook")
    ran(9)
