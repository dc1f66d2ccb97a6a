__at_import__ = None

from _trace import ran


import family.user

other = ran(8) or family.user.four
own = ran(9) or family.eight
