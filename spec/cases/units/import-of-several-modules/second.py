from _trace import ran

value = ran(203) or 2
