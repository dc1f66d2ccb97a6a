from _trace import ran

value = ran(103) or 1
