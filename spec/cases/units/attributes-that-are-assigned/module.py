__at_import__ = None

from _trace import ran


log = None if ran(6) else []


class Quantity:
    def _add(self, other):
        log.append("added")
        return 3

    def _reader(answer):
        def read(self):
            log.append("asked")
            return answer

        return read

    __add__ = _add
    size = property(_reader(7))
    del _reader


quantity = Quantity()

sum = ran(28) or quantity + 1
size = ran(29) or quantity.size
other = ran(30) or 1
