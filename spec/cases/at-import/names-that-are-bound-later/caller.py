FOUND = []


def call(function):
    try:
        FOUND.append(function())
    except Exception as error:
        FOUND.append(type(error).__name__)
