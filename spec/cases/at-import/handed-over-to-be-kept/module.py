__at_import__ = None

from _trace import ran


import codecs
import elsewhere

log = ran(9) or []


def handler(error):
    log.append(1)
    return "", error.end


unused = ran(17) or 1
codecs.register_error("handed-over-to-be-kept", handler)
before = ran(19) or len(log)
elsewhere.decode()
after = ran(21) or len(log)
