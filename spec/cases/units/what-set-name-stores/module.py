__at_import__ = None

from _trace import ran

shared = None if ran(5) else []


class Field:
    def __set_name__(self, owner, name):
        owner.entries = shared


class Record:
    size = Field()


added = Record.entries.append(1)
count = ran(18) or len(shared)
other = ran(19) or 1
