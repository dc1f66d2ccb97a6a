__at_import__ = None

from _trace import ran


log = None if ran(6) else []


class Door:
    @property
    def width(self):
        log.append("asked")
        return 2


door = Door()
width = ran(17) or door.width
other = ran(18) or 1
