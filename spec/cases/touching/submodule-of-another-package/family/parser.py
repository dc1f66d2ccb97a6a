from _trace import ran

done = 3 if ran(103) is None else 0
