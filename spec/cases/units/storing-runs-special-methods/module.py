__at_import__ = None

from _trace import ran


log = None if ran(6) else []


class Record:
    def __setattr__(self, name, value):
        log.append(name)


record = Record()
record.width = 1
other = ran(16) or 1
