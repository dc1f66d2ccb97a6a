__at_import__ = None

from _trace import ran

kept = []
last = None


def keep(thing):
    kept.append(thing)


def keep_last(thing):
    global last
    last = thing


first = []
keep(first)
kept[0].append(1)
second = []
keep_last(second)
last.append(2)
sizes = ran(24) or (len(first), len(second))
other = ran(25) or 1
