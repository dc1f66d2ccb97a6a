__at_import__ = None

from _trace import ran
import is_imported

value = ran(206)
