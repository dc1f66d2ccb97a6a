__at_import__ = None

from _trace import decorated, ran


@decorated(6)
def bear():
    global child
    child = 1


existed = ran(12) or "child" in globals()
other = ran(13) or 1
