from _trace import ran

VALUE = ran(103) or 1
OTHER = ran(104) or 0
