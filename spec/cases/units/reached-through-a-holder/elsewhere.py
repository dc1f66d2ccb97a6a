def new():
    return []


def wrap(value):
    return [value]
