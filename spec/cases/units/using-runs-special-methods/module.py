__at_import__ = None

from _trace import ran


log = None if ran(6) else []


class Counter:
    def __len__(self):
        log.append("asked")
        return 1


counter = Counter()
full = ran(16) or bool(counter)
other = ran(17) or 1
