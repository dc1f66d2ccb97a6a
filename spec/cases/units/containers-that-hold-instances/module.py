__at_import__ = None

from _trace import ran

log = None if ran(5) else []


class Shelf:
    def __eq__(self, other):
        log.append("asked")
        return True


same = ran(14) or [Shelf()] == [3]
found = ran(15) or 3 in (Shelf(),)
times = ran(16) or len(log)
other = ran(17) or 1
