__at_import__ = None

from _trace import ran

for _ in [ran(5)]:
    table = [1]
    factor = 3


class Sized:
    def __len__(self):
        return factor


sized = Sized()
sizes = [ran(16) or len(sized)]
for number in [ran(17) or 7]:
    last = number
    sizes.append(number)


class Both:
    items = tuple(table)
    final = ran(24) or last
