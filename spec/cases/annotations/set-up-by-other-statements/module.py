__at_import__ = None

from _trace import ran


class Box:
    pass


box = Box()
box.size: int = ran(11) or 1
if True:
    width = ran(13) or int
else:
    never: int
about: box = 2
depth: width = 3
