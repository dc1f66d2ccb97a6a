__at_import__ = None

VALUE = int('1')
