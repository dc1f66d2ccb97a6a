KEPT = []


def new():
    return []


def keep(thing):
    KEPT.append(thing)


def fill():
    for thing in KEPT:
        thing.append(1)
