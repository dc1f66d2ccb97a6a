import contextlib

SEEN = []


def fill(word):
    SEEN.append(word)
    return ()


@contextlib.contextmanager
def entered(word):
    SEEN.append(word)
    yield
