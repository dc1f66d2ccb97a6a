"""Run a module as `__main__`, under atimport or plainly, and write down what was deferred.

    python child.py plain counts.json PATTERN... -- MODULE ARGUMENTS...
    python child.py installed counts.json PATTERN... -- MODULE ARGUMENTS...      the loader, and nothing deferred
    python child.py deferred counts.json PATTERN... -- MODULE ARGUMENTS...

Nothing is imported here that start-up has not imported already, but `runpy`.  A process that the suite starts itself
is a plain one, unless atimport is enabled in the environment.
"""

import atexit
import os
import sys

HERE = sys.path.pop(0)


def write_counts(path, owner):
    """Write units and units run of every deferred module, as JSON."""
    if os.getpid() != owner:
        return  # a child that forked and then ended the long way
    import json

    import atimport

    counts = atimport.counts()
    table = {name: {"units": count.units, "units_run": count.units_run} for name, count in counts.items()}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(table, file)


def resolve_fresh_imports():
    """Have `import_fresh_module` resolve what it imports before it puts the former modules back.

    It empties a part of ``sys.modules``, or blocks it, for the time of one import.  Imports that run later would meet the
    former modules: that is a listed deviation, and would hide everything else that these suites have to say.
    """
    import importlib
    import types

    from test.support import import_helper

    import atimport

    def import_module(name, package=None):
        module = importlib.import_module(name, package)
        while deferred := [
            member
            for key, member in sys.modules.items()
            if (key == name or key.startswith(name + ".")) and member and atimport.is_deferred(member)
        ]:
            for member in deferred:
                atimport.resolve(member)
        return module

    import_helper.importlib = types.SimpleNamespace(**{**vars(importlib), "import_module": import_module})


def main(arguments):
    how, counts, *rest = arguments
    at = rest.index("--")
    patterns, (module, *argv) = rest[:at], rest[at + 1 :]
    if how == "deferred":
        import atimport

        for pattern in patterns:
            atimport.overrides.assume_deferred(pattern)
        atimport.install()
        atexit.register(write_counts, counts, os.getpid())
        if module == "test":
            resolve_fresh_imports()
    elif how == "installed":
        import atimport

        atimport.install()
    import runpy

    sys.path.insert(0, os.getcwd())
    sys.argv = [module, *argv]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


main(sys.argv[1:])
