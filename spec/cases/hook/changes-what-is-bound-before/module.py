from _trace import ran

needed = None if ran(3) else []
copied = ran(4) or tuple(needed)
other = ran(5) or "other"


def __at_import__():
    ran(9)
    needed.append("hook")
