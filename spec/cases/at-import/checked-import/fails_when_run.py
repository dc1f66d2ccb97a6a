__at_import__ = None


def made():
    raise ImportError("on purpose")


made = made()
