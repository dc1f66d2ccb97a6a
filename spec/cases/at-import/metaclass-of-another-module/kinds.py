KINDS = []


class Registering(type):
    def __init__(cls, name, bases, namespace):
        KINDS.append(name)
