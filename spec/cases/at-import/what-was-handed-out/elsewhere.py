SEEN = []
CALLBACKS = []


def subscribe(callback):
    CALLBACKS.append(callback)


def publish():
    for callback in CALLBACKS:
        callback()


def new():
    return []
