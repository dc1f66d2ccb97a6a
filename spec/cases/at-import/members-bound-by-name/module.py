__at_import__ = None

from _trace import ran


import enum

first = ran(8) or 1
ABC_A = 1
ABC_B = 2
enum.IntEnum._convert_("Letters", __name__, lambda name: name.startswith("ABC_"))
second = ran(12) or 2
