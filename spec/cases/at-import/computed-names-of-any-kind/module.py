__at_import__ = None

from _trace import ran


first = ran(6) or 1
for letter in "ab":
    globals()[letter + "_made"] = ran(8) or letter
second = ran(9) or 2
