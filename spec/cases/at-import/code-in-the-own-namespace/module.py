__at_import__ = None

from _trace import ran


first = ran(6) or 1
exec("second = " + "first + 1", globals())
third = ran(8) or 3
