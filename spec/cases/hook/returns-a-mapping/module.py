from _trace import ran

pending = ran(3) or "statement"
other = ran(4) or "other"


def __at_import__():
    ran(8)
    return {"made": "hook", "pending": "hook"}
