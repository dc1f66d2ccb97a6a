from _trace import ran

VALUE = ran(203) or 1
