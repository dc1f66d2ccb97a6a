__at_import__ = None

from _trace import ran

log = None if ran(5) else []


class Shelf:
    def __len__(self):
        log.append("asked")
        return 1


def make():
    return Shelf()


full = ran(18) or bool(Shelf())
more = ran(19) or make() == 1 or len(make())
times = ran(20) or len(log)
other = ran(21) or 1
