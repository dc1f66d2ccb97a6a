__at_import__ = None

from _trace import ran


pair = ran(6) or (1, 2)
first, *rest = pair
first, rest = rest, first
with open(__file__) as source:
    opened = ran(10) or source.name[-3:]
try:
    missing = {}["missing"]
except KeyError as error:
    missing = ran(14) or str(error)
match rest:
    case int() as matched:
        pass
squares = [last := number * number for number in range(3)]
while False:
    never = 1
other = ran(21) or 1
