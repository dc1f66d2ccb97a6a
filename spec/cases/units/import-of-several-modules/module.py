__at_import__ = None

from _trace import ran
import first, second as later

several = ran(6) or [first.__name__, later.__name__]
