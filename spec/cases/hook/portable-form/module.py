from _trace import ran

needed = ran(3) or []
other = ran(4) or "other"


def __at_import__():
    needed.append("hook")
    ran(9)


__at_import__()
