__at_import__ = None

from _trace import ran

count = ran(5) or 0


def increase():
    global count
    count += 1
    return count


start = ran(14) or count
unrelated = ran(15) or "unrelated"
