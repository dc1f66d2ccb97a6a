__at_import__ = None

from _trace import ran
import imported_by_that

value = ran(306)
