__at_import__ = None

from _trace import ran

names = []
add = names.append
remove = getattr(names, "remove")
one = ran(8) or add("a")
two = ran(9) or add("b")
gone = ran(10) or remove("a")
left = ran(11) or tuple(names)
other = ran(12) or 1
