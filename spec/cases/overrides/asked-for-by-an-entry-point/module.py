from _trace import ran

first = ran(3) or 1
second = ran(4) or 2
