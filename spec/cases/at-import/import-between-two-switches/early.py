from _trace import ran

ran(103)
