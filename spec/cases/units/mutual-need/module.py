__at_import__ = None

from _trace import decorated, ran


@decorated(6)
def first():
    global second
    second = first


second = ran(12) or first
other = ran(13) or 1
