STATE = {"value": 1}
