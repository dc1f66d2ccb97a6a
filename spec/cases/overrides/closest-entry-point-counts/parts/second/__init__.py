from _trace import ran

VALUE = ran(303) or 3
OTHER = ran(304) or 0
