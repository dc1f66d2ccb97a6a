__at_import__ = None

from _trace import ran

asked = None if ran(5) else []


class Start:
    def __index__(self):
        asked.append("index")
        return 1


rest = ran(14) or "abc"[Start() :]
times = ran(15) or len(asked)
other = ran(16) or 1
