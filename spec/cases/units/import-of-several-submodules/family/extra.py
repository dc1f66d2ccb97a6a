from _trace import ran

VALUE = ran(303) or 2
