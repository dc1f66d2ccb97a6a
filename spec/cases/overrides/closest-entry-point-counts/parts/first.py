from _trace import ran

VALUE = ran(203) or 2
OTHER = ran(204) or 0
