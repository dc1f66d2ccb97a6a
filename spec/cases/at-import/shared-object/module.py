__at_import__ = None

from _trace import ran


import logging

logger = ran(8) or logging.getLogger("elsewhere")
logger.setLevel(ran(9) or 30)
other = ran(10) or 1
