done = 3
