__at_import__ = None

import codecs

from _trace import ran

log = ran(7) or []


def handler(error):
    log.append(1)
    return "", error.end


unused = ran(15) or 1
codecs.register_error("handing-over-is-no-effect", handler)
