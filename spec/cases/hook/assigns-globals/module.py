from _trace import ran

other = ran(3) or "other"


def __at_import__():
    global made
    ran(8)
    made = "hook"
