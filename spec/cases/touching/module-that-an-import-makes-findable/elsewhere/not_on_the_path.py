from _trace import ran
ran(202)
NAME = "found"
