from _trace import ran

VALUE = ran(403) or 4
OTHER = ran(404) or 0
