"""Test suites that no one here wrote, run with the package that they test deferred; see `__main__`."""
