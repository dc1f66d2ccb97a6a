def new():
    return []
