import elsewhere


def ask():
    return elsewhere.STATE["value"]
