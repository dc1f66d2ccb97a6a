__at_import__ = None

from _trace import ran


class Box:
    label = ran(7) or "box"

    @property
    def size(self):
        return 4

    @size.setter
    def size(self, value):
        self.changed = value


size = ran(18) or Box().size
