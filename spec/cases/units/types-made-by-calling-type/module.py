__at_import__ = None

from _trace import ran

told = None if ran(5) else []


class Field:
    def __set_name__(self, owner, name):
        told.append(name)


Record = ran(13) or type("Record", (), {"size": Field()})
times = ran(14) or len(told)
other = ran(15) or 1
