__at_import__ = None

from _trace import ran


import codecs
import elsewhere

log = ran(9) or []


def handler(error):
    log.append(1)
    return "", error.end


codecs.register_error("handed-over-to-be-kept", handler)
before = ran(18) or len(log)
elsewhere.decode()
after = ran(20) or len(log)
