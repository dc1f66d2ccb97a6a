"""Fault injection: what an import does when a system call of its fails; see `__main__`."""
