"""Differential tests: an eager import against a deferred one, in processes of their own; see `__main__`."""
