__at_import__ = None

from _trace import ran


log = None if ran(6) else []


def count(self):
    log.append("counted")
    return 1


class Shelf:
    pass


Shelf.__init__ = lambda self: log.append("made")
Shelf.__len__ = count

shelf = Shelf()
full = ran(22) or bool(shelf)
other = ran(23) or 1
