__at_import__ = None

from textwrap import indent

from _trace import ran

# both names may stand for what comes from outside, as far as is known; one of them stands for the module's own list
rest = [indent("<>", ""), ran(8) or 1]
items, rest = (rest, ran(9) or 0)
copied = [items[:], ran(10)][0]
unrelated = ran(11) or 0
