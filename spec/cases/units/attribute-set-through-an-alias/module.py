__at_import__ = None

from _trace import ran


class Record:
    width = 0


first = Record()
second = first
second.width = 2
seen = ran(13) or first.width
other = ran(14) or 1
