from _trace import ran

done = 4 if ran(203) is None else 0
