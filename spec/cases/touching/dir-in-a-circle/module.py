__at_import__ = None

from _trace import ran


import family.settings

listed = ran(8) or family.settings.Settings.listed
own = ran(9) or 1
