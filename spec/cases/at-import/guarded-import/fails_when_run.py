__at_import__ = None

made = 1 / 0
