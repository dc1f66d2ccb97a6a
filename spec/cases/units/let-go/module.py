__at_import__ = None

from _trace import ran


gone = None if ran(6) else []


class Handle:
    def __del__(self):
        gone.append("handle")


handle = None if ran(14) else Handle()
before = ran(15) or len(gone)
handle = ran(16) or 1
after = ran(17) or len(gone)
other = ran(18) or 1
