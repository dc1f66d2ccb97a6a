__at_import__ = None

from _trace import ran

first: int = 1
one = ran(6) or 1
if first:
    second: str = "b"
if __name__ == "__main__":
    never: int
two = ran(11) or 2
try:
    third: dict = {}
except OSError:
    absent: int
last: float = 4.0
