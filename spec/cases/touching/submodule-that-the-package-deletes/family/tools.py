__at_import__ = None


def tidy(text):
    return 'tidy ' + text
