__at_import__ = None

value = 5
