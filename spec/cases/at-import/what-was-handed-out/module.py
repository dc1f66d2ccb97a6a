__at_import__ = None

from _trace import ran


import elsewhere

log = ran(8) or elsewhere.new()


def note():
    log.append("called")


elsewhere.subscribe(note)
before = ran(16) or len(log)
elsewhere.publish()
after = ran(18) or len(log)
other = ran(19) or 1
