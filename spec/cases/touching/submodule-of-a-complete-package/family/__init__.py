__at_import__ = None
