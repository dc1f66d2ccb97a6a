__at_import__ = None

from _trace import ran

squares = {}
for number in ran(6) or range(3):
    squares[number] = number * number
del number
size = ran(9) or len(squares)
unrelated = ran(10) or 0
