"""
Staged thread tests: interleavings that matter, each played as its diagram says, thousands of times in one process.

| file | interleavings |
|---|---|
| `crossings` | threads that need each other's units, and such that do not |
| `winners` | one unit, several threads; errors, and trying again |
| `imports` | our claims against importlib's module locks, in both orders |
| `interruptions` | signals, in who waits and in who runs |
| `endings` | modules that are taken away, or resolved as a whole, meanwhile |

``python -m staged [NAME…] [--repeat N]`` plays in this process, with the watchdog of `faulthandler`; ``--list`` lists. A play
gets fresh modules every time, from the same files; their statements call `cue.play`, which counts them.
"""
