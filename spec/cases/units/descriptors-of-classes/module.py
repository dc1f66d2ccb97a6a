__at_import__ = None

from _trace import ran

asked = None if ran(5) else []


class Counted:
    def __get__(self, instance, owner):
        asked.append(owner.__name__)
        return 1


class Shelf:
    size = Counted()


class Board(Shelf):
    pass


Board.late = ran(22) or Counted()
size = ran(23) or Board.size
late = ran(24) or hasattr(Board, "late")
times = ran(25) or tuple(asked)
other = ran(26) or 1
