__at_import__ = None

from _trace import ran

first = ran(5) or 1
base = ran(6) or 1

try:
    count = ran(9) or count + base
except NameError:
    count = base
