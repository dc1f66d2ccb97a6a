import sys

SEEN = []


def look():
    SEEN.append(sys.modules["module"].value)
