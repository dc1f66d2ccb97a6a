TABLE = {"key": "value"}
