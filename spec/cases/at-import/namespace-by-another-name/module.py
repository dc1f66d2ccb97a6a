__at_import__ = None

from _trace import ran


first = ran(6) or 1
names = globals()
for letter in "ab":
    names["MADE_" + letter] = ran(9) or letter
del names, letter
second = ran(11) or [MADE_a, first]
