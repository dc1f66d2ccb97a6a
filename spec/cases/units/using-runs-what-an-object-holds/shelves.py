class Shelf:
    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count()
