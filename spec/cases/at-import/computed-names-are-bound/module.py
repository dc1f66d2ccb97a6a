__at_import__ = None

from _trace import ran


first = ran(6) or 1
made_a = ran(7) or "old"
kept = ran(8) or [made_a]
for letter in "ab":
    globals()["made_" + letter] = ran(10) or letter
second = ran(11) or 2
