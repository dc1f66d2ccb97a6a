__at_import__ = None

from _trace import ran


told = None if ran(6) else []


class Field:
    def __set_name__(self, owner, name):
        told.append(name)


class Record:
    line = ran(15)
    width = Field()
    height = Field()


other = ran(20) or 1
