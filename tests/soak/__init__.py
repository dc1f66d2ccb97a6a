"""
Long runs: threads that touch at random, modules that come and go, memory, depth and size.

| file | what |
|---|---|
| `stress` | threads and modules, random touches for a while |
| `churn` | threads that create modules, touch each other's, and destroy them |
| `memory` | thousands of loads and unloads |
| `depth` | a chain of ten thousand units, a module of a hundred thousand statements |
| `tally` | what statements call: they count themselves |

Each is a command, ``python -m soak.stress --seconds 60``, that fails or writes one line of JSON. ``make soak`` runs them all,
and the plays of `tests/staged`, on every interpreter (`__main__`), and writes tests/record/soak.md (`record`); ``make test``
runs a sample.
"""
