import sys

SEEN = []


def look(name):
    SEEN.append(sys.modules[name].value)
