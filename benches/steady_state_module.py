"""
The module that is measured: four kinds of work inside its functions, and one name that nobody touches.

Imported plainly, deferred with PENDING left pending, and deferred and then resolved, by steady_state_worker.py.
"""

__at_import__ = None

LIMIT = int("3")
PENDING = int("4")


class Point:
    """Something to make and to ask."""

    def __init__(self, x, y):
        """Keep the coordinates."""
        self.x = x
        self.y = y

    def norm(self):
        """Return something that needs both."""
        return self.x * self.x + self.y * self.y


def double(x):
    """Return twice `x`."""
    return x + x


def another_global(rounds):
    """Read a global of the module ten times a round."""
    for _ in range(rounds):
        LIMIT, LIMIT, LIMIT, LIMIT, LIMIT, LIMIT, LIMIT, LIMIT, LIMIT, LIMIT  # noqa: B018
    return LIMIT


def a_builtin(rounds):
    """Call a builtin ten times a round."""
    text = "text"
    for _ in range(rounds):
        len(text), len(text), len(text), len(text), len(text), len(text), len(text), len(text), len(text), len(text)
    return len(text)


def calls(rounds):
    """Call a function of the module ten times a round."""
    total = 0
    for _ in range(rounds):
        total = double(double(double(double(double(double(double(double(double(double(1))))))))))
    return total


def objects(rounds):
    """Make an object of a class of the module, and call a method of it, each round."""
    total = 0
    for number in range(rounds):
        total += Point(number, LIMIT).norm()
    return total


def mixed(rounds):
    """Do a bit of everything each round, as ordinary code does."""
    found = []
    for number in range(rounds):
        point = Point(number, LIMIT)
        if isinstance(point, Point) and max(point.x, LIMIT) >= min(point.y, LIMIT):
            found.append(double(abs(point.x)))
    return len(found)


WORK = {work.__name__: work for work in (another_global, a_builtin, calls, objects, mixed)}
