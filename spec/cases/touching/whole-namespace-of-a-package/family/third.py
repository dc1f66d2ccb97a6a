__at_import__ = None

there = True
