__at_import__ = None

from _trace import ran


def set_theme():
    global theme
    theme = "dark"


set_theme()
size = ran(12) or len(theme)
other = ran(13) or 1
