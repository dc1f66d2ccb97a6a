__at_import__ = None

from _trace import ran

from shelves import Shelf

log = None if ran(7) else []


def count():
    ran(11)
    log.append("asked")
    return 1


shelf = Shelf(count)
full = ran(17) or bool(shelf)
other = ran(18) or 1
