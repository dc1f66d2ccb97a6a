__at_import__ = None

from _trace import decorated, ran


count, step = None if ran(6) else (0, 1)


@decorated(9)
def reset():
    global count
    count = 5


other = ran(15) or 1
