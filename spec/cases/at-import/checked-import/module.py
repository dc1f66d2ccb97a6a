__at_import__ = None

from _trace import ran

try:
    import imports_what_fails
except ImportError:
    imports_what_fails = ran(8) or None
other = ran(9) or 1
