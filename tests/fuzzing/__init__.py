"""Coverage-guided fuzzing of the pure layers; see `__main__` for the command and ``fuzz/`` for the targets."""
