__at_import__ = None

from _trace import ran

shared = None if ran(5) else []


class Event:
    def __init__(self, handler):
        self.handler = handler

    def fire(self):
        return [self.handler()]


event = Event(lambda: shared)
added = event.fire()[0].append(1)
count = ran(18) or len(shared)
other = ran(19) or 1
