__at_import__ = None

import random

a = random.randrange(2)
b = random.randrange(2)
c = 2
if a > 0:
    c = 1
d = b > 0 or c
