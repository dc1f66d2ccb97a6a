__at_import__ = None

from _trace import ran


class Box:
    @property
    def size(self):
        return 4

    @size.setter
    def size(self, value):
        self.changed = value


size = ran(16) or Box().size
