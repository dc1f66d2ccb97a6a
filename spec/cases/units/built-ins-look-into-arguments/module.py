__at_import__ = None

from _trace import ran

asked = None if ran(5) else []


class Angle:
    def __float__(self):
        asked.append("angle")
        return 1.0


class Metres(float): ...


length = Metres(Angle())
times = ran(18) or len(asked)
other = ran(19) or 1
