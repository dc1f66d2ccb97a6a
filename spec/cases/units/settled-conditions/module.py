__at_import__ = None

from _trace import ran


from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nowhere import Nothing

    never: int = 1
if __name__ == "__main__":
    main: int = ran(13)
first = ran(14) or 1
second = ran(15) or 2
