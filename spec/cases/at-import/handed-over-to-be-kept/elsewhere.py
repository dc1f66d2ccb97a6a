def decode():
    return b"\xff".decode("ascii", "handed-over-to-be-kept")
